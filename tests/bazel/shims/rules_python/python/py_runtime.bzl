"""py_runtime, which this Bazel has built in."""

py_runtime = native.py_runtime
