"""py_test, which this Bazel has built in."""

py_test = native.py_test
