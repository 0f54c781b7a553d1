"""py_library, which this Bazel has built in."""

py_library = native.py_library
