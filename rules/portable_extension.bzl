"""Repositories for a MODULE.bazel: TensorFlow's portable runtime, and source trees to read."""

load("//rules/private:portable_tensorflow_extension.bzl", _portable_tensorflow = "portable_tensorflow")
load("//rules/private:tensorflow_tree_extension.bzl", _tensorflow_trees = "tensorflow_trees")

portable_tensorflow = _portable_tensorflow
tensorflow_trees = _tensorflow_trees
