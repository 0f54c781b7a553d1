"""sh_test, which this Bazel has built in."""

sh_test = native.sh_test
