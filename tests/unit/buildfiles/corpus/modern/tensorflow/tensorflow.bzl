"""Macros in the way that TensorFlow writes them."""

load("@bazel_skylib//lib:new_sets.bzl", "sets")
load("@local_config_cuda//cuda:build_defs.bzl", "cuda_library", "if_cuda")
load("@local_config_tensorrt//:build_defs.bzl", "if_tensorrt")
load("@some_rules//thing:defs.bzl", "SOME_COPTS", "if_some_feature", "if_not_some_feature", "some_library", some = "some_struct")
load("//tensorflow/core/platform:rules_cc.bzl", "cc_library")

VERSION = "2.99.0"
workspace_root = Label("//:WORKSPACE").workspace_root or "."

def clean_dep(target):
    """A label of this repository, whoever calls."""
    return str(Label(target))

def if_mobile(a):
    return select({
        clean_dep("//tensorflow/settings:mobile"): a,
        "//conditions:default": [],
    })

def if_android(a):
    return select({
        clean_dep("//tensorflow/settings:android"): a,
        "//conditions:default": [],
    })

def tf_copts(is_external = False):
    return (
        ["-DROOT=%s" % workspace_root] +
        if_cuda(["-DGOOGLE_CUDA=1"]) +
        if_tensorrt(["-DGOOGLE_TENSORRT=1"]) +
        if_some_feature(["-DSOME=1"], ["-DSOME=0"]) +
        if_not_some_feature(["-DNOT_SOME"]) +
        SOME_COPTS +
        if_android(["-DTF_LEAN_BINARY"]) +
        select({
            clean_dep("//tensorflow/settings:on_linux"): ["-pthread"],
            "//conditions:default": [],
        })
    )

def _rest(names):
    return sets.to_list(sets.difference(sets.make(names), sets.make(["tests"])))

def tf_kernel_library(name, prefix = None, srcs = None, gpu_srcs = None, hdrs = None, deps = None, alwayslink = 1, **kwargs):
    """A kernel's files, found by its prefix."""
    if not bool(srcs):
        srcs = []
    if not bool(hdrs):
        hdrs = []
    if not deps:
        deps = []
    if prefix:
        if native.glob([prefix + "*.cu.cc"], exclude = ["*test*"]):
            if not gpu_srcs:
                gpu_srcs = []
            gpu_srcs = gpu_srcs + native.glob(
                [prefix + "*.cu.cc", prefix + "*.h"],
                exclude = [prefix + "*test*"],
            )
        srcs = srcs + native.glob(
            [prefix + "*.cc"],
            exclude = [prefix + "*test*", prefix + "*.cu.cc"],
        )
        hdrs = hdrs + native.glob([prefix + "*.h"], exclude = [prefix + "*test*"])
    if gpu_srcs:
        cuda_library(
            name = name + "_gpu",
            srcs = gpu_srcs,
            tags = _rest(["gpu", "tests"]),
        )
        deps = deps + [":" + name + "_gpu"] if if_cuda([1]) else deps
    if native.existing_rule(name):
        fail("twice:", name)
    cc_library(
        name = name,
        srcs = srcs,
        hdrs = hdrs,
        copts = tf_copts(),
        alwayslink = alwayslink,
        deps = deps + select({
            clean_dep("//tensorflow/settings:mobile"): ["//tensorflow/core:framework_lite"],
            "//conditions:default": ["//tensorflow/core:framework"],
        }),
        **kwargs
    )

def _gen_options_impl(ctx):
    ctx.actions.expand_template(output = ctx.outputs.output_header, template = ctx.file.template, substitutions = {})
    return [DefaultInfo(files = depset([ctx.outputs.output_header]).to_list())]

tf_gen_options_header = rule(
    implementation = _gen_options_impl,
    attrs = {
        "output_header": attr.output(mandatory = True),
        "template": attr.label(mandatory = True, allow_single_file = True),
    },
)

def some_kernel(name):
    some_library(name = name, srcs = [name + ".thing"], helper = _gen_options_impl)
    some.make(name = name + "_made", srcs = [name + ".thing"])
