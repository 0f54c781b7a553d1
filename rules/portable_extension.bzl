"""TensorFlow's portable runtime, for a MODULE.bazel."""

load("//rules/private:portable_tensorflow_extension.bzl", _portable_tensorflow = "portable_tensorflow")

portable_tensorflow = _portable_tensorflow
