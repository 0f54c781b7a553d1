"""Where rules come from."""

load("@rules_cc//cc:defs.bzl", _cc_library = "cc_library")

cc_library = _cc_library
