"""cc_toolchain, which this Bazel has built in."""

cc_toolchain = native.cc_toolchain
