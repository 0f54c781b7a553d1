"""cc_library, which this Bazel has built in."""

cc_library = native.cc_library
