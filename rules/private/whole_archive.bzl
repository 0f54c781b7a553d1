"""whole_archive: a library of a folder of sources, linked as a whole."""

load("@rules_cc//cc:find_cc_toolchain.bzl", "CC_TOOLCHAIN_ATTRS", "find_cc_toolchain", "use_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

def _archived(ctx, library, toolchain, features):
    """The library without its objects, which leaves its archive to be linked."""
    if not library.static_library and not library.pic_static_library:
        return library
    return cc_common.create_library_to_link(
        actions = ctx.actions,
        alwayslink = True,
        cc_toolchain = toolchain,
        feature_configuration = features,
        pic_static_library = library.pic_static_library,
        static_library = library.static_library,
    )

def _whole_archive_impl(ctx):
    toolchain = find_cc_toolchain(ctx)
    features = cc_common.configure_features(
        cc_toolchain = toolchain,
        ctx = ctx,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    info = ctx.attr.library[CcInfo]
    inputs = []
    for one in info.linking_context.linker_inputs.to_list():
        if one.owner == ctx.attr.library.label:
            one = cc_common.create_linker_input(
                additional_inputs = depset(one.additional_inputs),
                libraries = depset([_archived(ctx, library, toolchain, features) for library in one.libraries]),
                owner = ctx.label,
                user_link_flags = depset(one.user_link_flags),
            )
        inputs.append(one)
    return [
        ctx.attr.library[DefaultInfo],
        CcInfo(
            compilation_context = info.compilation_context,
            linking_context = cc_common.create_linking_context(linker_inputs = depset(inputs, order = "topological")),
        ),
    ]

whole_archive = rule(
    implementation = _whole_archive_impl,
    doc = """Hands on a cc_library so that all of its objects are linked, whoever refers to them.

That is what `alwayslink` is for. Of a library whose sources are a folder, as those of selective_sources are, Bazel
puts the objects between `--start-lib` and `--end-lib` even so, where the linker has that (gold, lld): registrations,
to which nobody refers, are lost. This links the archive instead, as a whole.
""",
    attrs = dict({
        "library": attr.label(
            doc = "The cc_library, with `linkstatic = True`.",
            mandatory = True,
            providers = [CcInfo],
        ),
    }, **CC_TOOLCHAIN_ATTRS),
    fragments = ["cpp"],
    provides = [CcInfo],
    toolchains = use_cc_toolchain(),
)
