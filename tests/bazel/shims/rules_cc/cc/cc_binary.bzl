"""cc_binary, which this Bazel has built in."""

cc_binary = native.cc_binary
