"""The macros as BUILD files load them."""

load(
    "//tensorflow:tensorflow.bzl",
    _tf_gen_options_header = "tf_gen_options_header",
    _tf_kernel_library = "tf_kernel_library",
)

tf_kernel_library = _tf_kernel_library
tf_gen_options_header = _tf_gen_options_header
