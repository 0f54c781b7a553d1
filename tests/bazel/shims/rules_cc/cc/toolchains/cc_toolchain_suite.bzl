"""cc_toolchain_suite, which this Bazel has built in."""

cc_toolchain_suite = native.cc_toolchain_suite
