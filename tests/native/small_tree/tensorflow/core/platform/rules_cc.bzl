"""The rules for C++, in one place to be replaced."""

load("@rules_cc//cc:defs.bzl", _cc_library = "cc_library")

def cc_library(name, deps = None, **kwargs):
    _cc_library(
        name = name,
        deps = deps,
        **kwargs
    )
