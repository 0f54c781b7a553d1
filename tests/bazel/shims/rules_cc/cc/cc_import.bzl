"""cc_import, which this Bazel has built in."""

cc_import = native.cc_import
