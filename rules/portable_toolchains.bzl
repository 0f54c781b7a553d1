"""Tool chains of a portable_tensorflow_repository; its BUILD files are written by opsieve."""

load(
    "//rules/private:portable_tensorflow_toolchain.bzl",
    _portable_tensorflow_toolchain_config = "portable_tensorflow_toolchain_config",
)

portable_tensorflow_toolchain_config = _portable_tensorflow_toolchain_config
