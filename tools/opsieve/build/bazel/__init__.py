"""From a source tree to BUILD files of its portable runtime, which any selection of its kernels completes."""

from opsieve.build.bazel.write import write_bazel_files

__all__ = ["write_bazel_files"]
