"""portable_tensorflow_library: a part of TensorFlow's portable runtime."""

load("@rules_cc//cc:find_cc_toolchain.bzl", "CC_TOOLCHAIN_ATTRS", "use_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load(":portable_tensorflow_compile.bzl", "cc_toolchain_of", "compile_sources", "folder_of")
load(":portable_tensorflow_info.bzl", "PortableObjectsInfo")

def root_prefixes(ctx):
    """The folders that file names in programs do not tell, so that these are as in TensorFlow's own build.

    Args:
      ctx: the context of a rule with `roots` and `made_roots`.

    Returns:
      A list of strings, from the execution root.
    """
    return [folder_of(ctx.label, folder) for folder in ctx.attr.roots] + [
        "{}/{}".format(ctx.bin_dir.path, folder_of(ctx.label, folder))
        for folder in ctx.attr.made_roots
    ]

def portable_context(ctx):
    """What those may include who depend on a target with the attributes of PORTABLE_ATTRS.

    Args:
      ctx: the rule's context.

    Returns:
      A CompilationContext.
    """
    own = cc_common.create_compilation_context(
        headers = depset(ctx.files.hdrs),
        includes = depset([folder_of(ctx.label, folder) for folder in ctx.attr.includes]),
        system_includes = depset([folder_of(ctx.label, folder) for folder in ctx.attr.system_includes]),
    )
    return cc_common.merge_cc_infos(
        cc_infos = [CcInfo(compilation_context = own)] + [dep[CcInfo] for dep in ctx.attr.deps],
    ).compilation_context

PORTABLE_ATTRS = {
    "conlyopts": attr.string_list(
        doc = "The compiler's arguments for C.",
    ),
    "cxxopts": attr.string_list(
        doc = "The compiler's arguments for C++.",
    ),
    "deps": attr.label_list(
        doc = "Whose headers are included.",
        providers = [CcInfo],
    ),
    "hdrs": attr.label_list(
        doc = "Headers for the sources and for those who depend on the target.",
        allow_files = True,
    ),
    "includes": attr.string_list(
        doc = "Folders of the repository that headers are searched in.",
    ),
    "local_defines": attr.string_list(
        doc = "Defines for the sources.",
    ),
    "made_roots": attr.string_list(
        doc = "The same, of what is made during the build.",
    ),
    "private_includes": attr.string_list(
        doc = "Folders that are searched for the sources of the target only.",
    ),
    "roots": attr.string_list(
        doc = "Folders of the repository that file names in programs do not tell.",
    ),
    "srcs": attr.label_list(
        doc = "C and C++ sources.",
        allow_files = True,
    ),
    "system_includes": attr.string_list(
        doc = "The same, searched after these.",
    ),
}

def _portable_tensorflow_library_impl(ctx):
    context = portable_context(ctx)
    objects = []
    if ctx.files.srcs:
        tools = cc_toolchain_of(ctx)
        for language, flags in [("c", ctx.attr.conlyopts), ("cxx", ctx.attr.cxxopts)]:
            objects += compile_sources(
                ctx,
                tools,
                name = "{}_{}".format(ctx.label.name, language),
                srcs = [file for file in ctx.files.srcs if file.extension != "h" and (file.extension == "c") == (language == "c")],
                flags = flags,
                defines = ctx.attr.local_defines,
                contexts = [context],
                includes = [folder_of(ctx.label, folder) for folder in ctx.attr.private_includes],
                prefixes = root_prefixes(ctx),
            )
    return [
        DefaultInfo(files = depset(objects)),
        PortableObjectsInfo(objects = depset(objects)),
        CcInfo(compilation_context = context),
    ]

portable_tensorflow_library = rule(
    implementation = _portable_tensorflow_library_impl,
    doc = "A part of TensorFlow's runtime, or of what it is compiled with: objects, and headers.",
    attrs = dict(CC_TOOLCHAIN_ATTRS, **PORTABLE_ATTRS),
    fragments = ["cpp"],
    provides = [CcInfo, PortableObjectsInfo],
    toolchains = use_cc_toolchain(),
)
