"""What the packages of a portable_tensorflow_repository are made of; its BUILD files are written by opsieve."""

load("//rules/private:portable_tensorflow_index.bzl", _portable_tensorflow_index = "portable_tensorflow_index")
load("//rules/private:portable_tensorflow_library.bzl", _portable_tensorflow_library = "portable_tensorflow_library")
load("//rules/private:portable_tensorflow_package.bzl", _portable_tensorflow_package = "portable_tensorflow_package")
load("//rules/private:portable_tensorflow_protos.bzl", _portable_tensorflow_protos = "portable_tensorflow_protos")
load("//rules/private:portable_tensorflow_runtime.bzl", _portable_tensorflow_runtime = "portable_tensorflow_runtime")

portable_tensorflow_index = _portable_tensorflow_index
portable_tensorflow_library = _portable_tensorflow_library
portable_tensorflow_package = _portable_tensorflow_package
portable_tensorflow_protos = _portable_tensorflow_protos
portable_tensorflow_runtime = _portable_tensorflow_runtime
