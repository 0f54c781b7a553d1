"""portable_tensorflow_package: a third-party package that only some selections need."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load(":portable_tensorflow_compile.bzl", "folder_of")
load(":portable_tensorflow_info.bzl", "PortablePackageInfo")
load(":portable_tensorflow_library.bzl", "PORTABLE_ATTRS", "portable_context")

def _portable_tensorflow_package_impl(ctx):
    context = portable_context(ctx)
    is_c = bool(ctx.files.srcs)
    for file in ctx.files.srcs:
        is_c = is_c and file.extension == "c"
    return [
        DefaultInfo(files = depset(ctx.files.srcs)),
        CcInfo(compilation_context = context),
        PortablePackageInfo(
            name = ctx.label.name,
            sources = depset(ctx.files.srcs),
            root = folder_of(ctx.label, "third_party/" + ctx.label.name),
            is_c = is_c,
            flags = struct(cxx = ctx.attr.cxxopts, c = ctx.attr.conlyopts, defines = ctx.attr.local_defines),
            private_includes = [folder_of(ctx.label, folder) for folder in ctx.attr.private_includes],
            context = context,
        ),
    ]

portable_tensorflow_package = rule(
    implementation = _portable_tensorflow_package_impl,
    doc = "A third-party package whose headers any selected file may include, and whose sources a selective_library compiles if one does.",
    attrs = PORTABLE_ATTRS,
    provides = [CcInfo, PortablePackageInfo],
)
