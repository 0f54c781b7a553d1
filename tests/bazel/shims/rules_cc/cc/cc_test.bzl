"""cc_test, which this Bazel has built in."""

cc_test = native.cc_test
