"""Protos, and where things are."""

load("@com_google_protobuf//:protobuf.bzl", "proto_gen")
load("@rules_cc//cc:defs.bzl", "cc_library")

visibility("public")

def clean_dep(target):
    return str(Label(target))

def tf_platform_alias(name, platform_dir = "//xla/tsl/platform:"):
    return clean_dep(platform_dir + name)

def tf_proto_library(name, srcs = [], protodeps = [], **kwargs):
    proto_gen(
        name = name + "_genproto",
        srcs = srcs,
        deps = [each + "_genproto" for each in protodeps],
        outs = [src[:-len(".proto")] + end for src in srcs for end in (".pb.h", ".pb.cc")],
    )
    cc_library(
        name = name + "_cc",
        srcs = [src.replace(".proto", ".pb.cc") for src in srcs],
        hdrs = [src.replace(".proto", ".pb.h") for src in srcs],
        deps = [clean_dep("@com_google_protobuf//:protobuf")] + [each + "_cc" for each in protodeps],
        **kwargs
    )
    native.alias(name = name, actual = ":" + name + "_cc")
