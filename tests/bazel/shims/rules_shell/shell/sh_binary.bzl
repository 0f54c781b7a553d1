"""sh_binary, which this Bazel has built in."""

sh_binary = native.sh_binary
