"""Macros of the tree's BUILD files."""

VERSION = "2.14.0"

def clean_dep(target):
    """A label of this repository, wherever the macro is called from."""
    return str(Label(target))

def if_oss(oss_value, google_value = []):
    _ = (google_value,)  # buildifier: disable=unused-variable
    return oss_value

def if_google(google_value, oss_value = []):
    _ = (google_value,)  # buildifier: disable=unused-variable
    return oss_value

def if_android(a):
    return select({
        clean_dep("//tensorflow:android"): a,
        "//conditions:default": [],
    })

def if_ios(a):
    return select({
        clean_dep("//tensorflow:ios"): a,
        "//conditions:default": [],
    })

def if_mobile(a):
    return select({
        clean_dep("//tensorflow:mobile"): a,
        "//conditions:default": [],
    })

def if_not_mobile(a):
    return select({
        clean_dep("//tensorflow:mobile"): [],
        "//conditions:default": a,
    })

def tf_copts(android_optimization_level_override = "-O2"):
    """Flags for everything.

    Args:
      android_optimization_level_override: how Android code is optimised; None for what the compilation mode says.

    Returns:
      A list of flags, with select().
    """
    android_copts = ["-DTF_LEAN_BINARY", "-std=c++17"]
    if android_optimization_level_override:
        android_copts.append(android_optimization_level_override)
    return select({
        clean_dep("//tensorflow:android"): android_copts,
        clean_dep("//tensorflow:windows"): ["/std:c++17"],
        "//conditions:default": ["-pthread"],
    }) + if_ios(["-std=c++17"])

def tf_defines_nortti_if_lite_protos():
    return select({
        clean_dep("//tensorflow:android"): ["GOOGLE_PROTOBUF_NO_STATIC_INITIALIZER"],
        "//conditions:default": [],
    })

def tf_gen_op_libs(op_lib_names, deps = None):
    """A library for each file of op definitions."""
    for n in op_lib_names:
        native.cc_library(
            name = n + "_op_lib",
            srcs = [n + ".cc"],
            copts = tf_copts(),
            linkstatic = 1,
            visibility = ["//visibility:public"],
            deps = (deps or []) + [clean_dep("//tensorflow/core:framework")],
            alwayslink = 1,
        )

def tf_kernel_library(
        name,
        prefix = None,
        srcs = None,
        hdrs = None,
        deps = None,
        alwayslink = 1,
        copts = None,
        **kwargs):
    """A library of kernels: prefix*.cc with prefix*.h, or what srcs and hdrs name.

    Args:
      name: of the library.
      prefix: what the names of its files begin with.
      srcs: more sources.
      hdrs: more headers.
      deps: what it needs.
      alwayslink: keep what nobody refers to, as registrations.
      copts: more flags.
      **kwargs: as of cc_library.
    """
    srcs = srcs or []
    hdrs = hdrs or []
    copts = (copts or []) + tf_copts()
    textual_hdrs = []
    if prefix:
        srcs = srcs + native.glob(
            [prefix + "*.cc"],
            exclude = [prefix + "*test*", prefix + "*.cu.cc"],
        )
        hdrs = hdrs + native.glob(
            [prefix + "*.h"],
            exclude = [prefix + "*test*", prefix + "*.cu.h", prefix + "*impl.h"],
        )
        textual_hdrs = native.glob([prefix + "*impl.h"], exclude = [prefix + "*test*"])
    native.cc_library(
        name = name,
        srcs = srcs,
        hdrs = hdrs,
        textual_hdrs = textual_hdrs,
        copts = copts,
        linkstatic = 1,
        alwayslink = alwayslink,
        deps = deps or [],
        **kwargs
    )

def tf_cc_test(name, srcs, deps, **kwargs):
    native.cc_test(
        name = name,
        srcs = srcs,
        copts = tf_copts(),
        deps = deps,
        **kwargs
    )

def _tf_gen_options_header_impl(ctx):
    substitutions = {}
    for setting, option in ctx.attr.build_settings.items():
        substitutions["#define_option " + option] = "#define TF_OPTION_%s() %d" % (option, int(bool(setting)))
    ctx.actions.expand_template(
        template = ctx.file.template,
        output = ctx.outputs.output_header,
        substitutions = substitutions,
    )

tf_gen_options_header = rule(
    attrs = {
        "output_header": attr.output(mandatory = True),
        "template": attr.label(allow_single_file = True, mandatory = True),
        "build_settings": attr.label_keyed_string_dict(),
    },
    implementation = _tf_gen_options_header_impl,
    doc = "A header with TF_OPTION_X() for each '#define_option X' of the template.",
)
