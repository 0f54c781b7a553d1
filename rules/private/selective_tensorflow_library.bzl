"""selective_tensorflow_library: TensorFlow's portable library with exactly what models need."""

load(":as_tensorflow_compiles.bzl", "as_tensorflow_compiles")
load(":selective_sources.bzl", "selective_sources")
load(":whole_archive.bzl", "whole_archive")

# Below the top of TensorFlow's repository; the same in 2.14 and 2.21.
PORTABLE_SOURCES = [
    "//tensorflow/core:portable_op_registrations_and_gradients",
    "//tensorflow/core/kernels:portable_all_ops_textual_hdrs",
    "//tensorflow/core/kernels:portable_core_ops",
    "//tensorflow/core/kernels:portable_extended_ops",
]
RUNTIME_SOURCES = ["//tensorflow/core:mobile_srcs"]
RUNTIME = "//tensorflow/core:portable_tensorflow_lib_lite"
REPLACED = [
    "//tensorflow/core:portable_tensorflow_lib",
    "//tensorflow/core/kernels:portable_tensorflow_kernels",
]

def selective_tensorflow_library(
        name,
        ops,
        tensorflow = "@org_tensorflow",
        srcs = [],
        elsewhere = [],
        copts = ["-Os"],
        deps = [],
        tags = [],
        visibility = None,
        **kwargs):
    """A library that runs the models of a selective_ops, out of TensorFlow's own portable targets.

    It is what TensorFlow's `portable_tensorflow_lib` is, for Android, iOS and whatever else TensorFlow's BUILD files
    call mobile, with the ops and kernels of the selection and no others; others are not compiled. Flags, defines and
    dependencies are those that TensorFlow's BUILD files give to `portable_tensorflow_lib` and
    `portable_tensorflow_kernels`, whichever they are in that release. The runtime, `portable_tensorflow_lib_lite`, is
    TensorFlow's own target: another model does not compile it again. Nothing in TensorFlow's tree is edited.

    Name it among the `deps` of a cc_binary, or of a cc_library with TFLite's Flex delegate. All its registrations are
    linked, though nobody refers to them.

    ```starlark
    selective_tensorflow_library(
        name = "tensorflow",
        ops = ":ops",
    )
    ```

    Makes `NAME.sources` too, the selective_sources, and `NAME.objects`.

    Args:
      name: of the target.
      ops: label of the selective_ops. Its index should be of the same TensorFlow, with the preset `mobile`.
      tensorflow: TensorFlow's repository; "" for a package of TensorFlow's own.
      srcs: labels of more sources to choose from, and of their headers: of custom ops, and of kernels that TensorFlow
        has not among its portable ones, such as `@org_tensorflow//tensorflow/core/kernels:string_ngrams_op.cc`.
      elsewhere: labels of more sources that may be selected and that one of `deps` compiles.
      copts: flags after those of TensorFlow.
      deps: labels of more libraries to compile and to link with.
      tags: of the target.
      visibility: of the target.
      **kwargs: what every rule has: testonly, compatible_with, ...
    """
    inner = dict(kwargs, tags = tags + ["manual"], visibility = ["//visibility:private"])
    selective_sources(
        name = name + ".sources",
        srcs = [tensorflow + label for label in PORTABLE_SOURCES] + srcs,
        elsewhere = [tensorflow + label for label in RUNTIME_SOURCES] + elsewhere,
        ops = ops,
        **inner
    )
    as_tensorflow_compiles(
        name = name + ".objects",
        copts = copts,
        deps = deps,
        ops = ops,
        replaces = [tensorflow + label for label in REPLACED],
        runtime = tensorflow + RUNTIME,
        sources = name + ".sources",
        **inner
    )
    whole_archive(
        name = name,
        library = name + ".objects",
        tags = tags,
        visibility = visibility,
        **kwargs
    )
