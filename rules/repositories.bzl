"""For a WORKSPACE that uses opsieve; in MODULE.bazel, by use_repo_rule."""

load("//rules/private:host_python_packages.bzl", _host_python_packages = "host_python_packages")
load("//rules/private:tensorflow_tree.bzl", _tensorflow_tree = "tensorflow_tree")

host_python_packages = _host_python_packages
tensorflow_tree = _tensorflow_tree
