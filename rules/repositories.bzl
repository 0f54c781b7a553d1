"""For a WORKSPACE that uses opsieve."""

load("//rules/private:host_python_packages.bzl", _host_python_packages = "host_python_packages")

host_python_packages = _host_python_packages
