# -*- Python -*-
load("@local_config_cuda//cuda:build_defs.bzl", "if_cuda")
load(
    "//tensorflow/core:build_config.bzl",
    "tf_deps",
)

def src_to_test_name(src):
  return src.replace("/", "_").split(".")[0]

def clean_dep(dep):
  return str(Label(dep))

def if_android(a):
  return select({
      clean_dep("//tensorflow:android"): a,
      "//conditions:default": [],
  })

def tf_copts():
  return (["-DEIGEN_AVOID_STL_ARRAY"] + if_cuda(["-DGOOGLE_CUDA=1"]) + if_android(["-std=c++11"]))

def tf_gen_op_libs(op_lib_names, deps=None):
  if not deps:
    deps = []
  for n in op_lib_names:
    native.cc_library(
        name=n + "_op_lib",
        copts=tf_copts(),
        srcs=["ops/" + n + ".cc"],
        deps=deps + [clean_dep("//tensorflow/core:framework")],
        visibility=["//visibility:public"],
        alwayslink=1,
        linkstatic=1,)

def tf_cc_tests(srcs, tags=[]):
  for src in srcs:
    native.cc_test(
        name=src_to_test_name(src),
        srcs=[src],
        tags=list(depset(tags) + depset(["manual"])),
        deps=tf_deps(["a", "b"], "_c"))
