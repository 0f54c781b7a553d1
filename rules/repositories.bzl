"""For a WORKSPACE that uses opsieve; in MODULE.bazel, by portable_extension.bzl."""

load("//rules/private:host_python_packages.bzl", _host_python_packages = "host_python_packages")
load("//rules/private:portable_tensorflow_repository.bzl", _portable_tensorflow_repository = "portable_tensorflow_repository")
load("//rules/private:tensorflow_tree.bzl", _tensorflow_tree = "tensorflow_tree")

host_python_packages = _host_python_packages
portable_tensorflow_repository = _portable_tensorflow_repository
tensorflow_tree = _tensorflow_tree
