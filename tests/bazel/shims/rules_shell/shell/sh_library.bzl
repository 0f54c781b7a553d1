"""sh_library, which this Bazel has built in."""

sh_library = native.sh_library
