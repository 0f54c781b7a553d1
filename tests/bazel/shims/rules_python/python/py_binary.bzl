"""py_binary, which this Bazel has built in."""

py_binary = native.py_binary
