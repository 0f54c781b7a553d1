"""as_tensorflow_compiles: selected sources, compiled as TensorFlow's own BUILD files compile the portable library."""

load("@rules_cc//cc:find_cc_toolchain.bzl", "CC_TOOLCHAIN_ATTRS", "find_cc_toolchain", "use_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load(":providers.bzl", "SelectiveOpsInfo", "SelectiveSourcesInfo")

_DeclaredInfo = provider(
    doc = "What a cc_library of TensorFlow's declares, its select()s decided.",
    fields = {
        "copts": "list of strings",
        "defines": "list of strings",
        "deps": "list of Targets",
        "features": "list of strings",
        "linkopts": "list of strings",
        "local_defines": "list of strings",
        "sources": "depset of Files",
        "textual": "depset of Files: headers that need no compiling",
    },
)

# Portable sources include headers of libraries that are not among their deps, and headers that are no modules.
_UNSUPPORTED = ["header_modules", "layering_check", "module_maps", "parse_headers"]

def _declared_impl(_target, ctx):
    rule = ctx.rule.attr
    return [_DeclaredInfo(
        copts = getattr(rule, "copts", []),
        defines = getattr(rule, "defines", []),
        deps = getattr(rule, "deps", []),
        features = getattr(rule, "features", []),
        linkopts = getattr(rule, "linkopts", []),
        local_defines = getattr(rule, "local_defines", []),
        sources = depset(getattr(ctx.rule.files, "srcs", [])),
        textual = depset(getattr(ctx.rule.files, "textual_hdrs", [])),
    )]

# Of what it is applied to and no further; nothing of that is built.
_declared = aspect(
    implementation = _declared_impl,
    provides = [_DeclaredInfo],
)

def _all(lists):
    """One after the other; a word may belong to the one before it."""
    return [word for words in lists for word in words]

def _must_be_mobile(label, runtime):
    if not runtime[_DeclaredInfo].sources.to_list():
        fail("{}: {} has no sources for this configuration, which is not //tensorflow:mobile. Build with --config=android_arm64 or the like; with --apple_platform_type=ios; or, for Linux on ARM, with --crosstool_top=//external:android/chromiumos, as opsieve's docs/bazel-migration.md says".format(
            str(label).rpartition(".")[0],
            runtime.label,
        ))

def _deps(ctx):
    """What TensorFlow's portable libraries depend on, without the libraries that have every kernel."""
    replaced = {library.label: None for library in ctx.attr.replaces}
    found = {ctx.attr.runtime.label: ctx.attr.runtime}
    for library in ctx.attr.replaces:
        for dep in library[_DeclaredInfo].deps:
            if dep.label not in replaced and CcInfo in dep:
                found[dep.label] = dep
    return found.values() + ctx.attr.deps

def _as_tensorflow_compiles_impl(ctx):
    _must_be_mobile(ctx.label, ctx.attr.runtime)
    declared = [library[_DeclaredInfo] for library in ctx.attr.replaces]
    switches = _all([one.features for one in declared])
    toolchain = find_cc_toolchain(ctx)
    features = cc_common.configure_features(
        cc_toolchain = toolchain,
        ctx = ctx,
        requested_features = ctx.features + [switch for switch in switches if not switch.startswith("-")],
        unsupported_features = ctx.disabled_features + _UNSUPPORTED + [switch[1:] for switch in switches if switch.startswith("-")],
    )
    sources = ctx.attr.sources[SelectiveSourcesInfo].sources
    deps = _deps(ctx)
    textual = CcInfo(compilation_context = cc_common.create_compilation_context(
        headers = depset(transitive = [one.textual for one in declared]),
    ))
    context, objects = cc_common.compile(
        name = ctx.label.name,
        actions = ctx.actions,
        cc_toolchain = toolchain,
        compilation_contexts = [
            info.compilation_context
            for info in [target[CcInfo] for target in [ctx.attr.ops, ctx.attr.sources] + deps] + [textual]
        ],
        defines = _all([one.defines for one in declared]),
        feature_configuration = features,
        local_defines = _all([one.local_defines for one in declared]),
        srcs = [sources],
        user_compile_flags = _all([one.copts for one in declared]) + [
            # What TensorFlow logs of a file is its name in the tree.
            "-ffile-prefix-map={}/=".format(sources.path),
        ] + ctx.attr.copts,
    )
    linking, _ = cc_common.create_linking_context_from_compilation_outputs(
        name = ctx.label.name,
        actions = ctx.actions,
        alwayslink = True,
        cc_toolchain = toolchain,
        compilation_outputs = objects,
        disallow_dynamic_library = True,
        feature_configuration = features,
        linking_contexts = [dep[CcInfo].linking_context for dep in deps],
        user_link_flags = _all([one.linkopts for one in declared]),
    )
    return [
        DefaultInfo(files = depset(transitive = [
            depset([library.static_library or library.pic_static_library])
            for one in linking.linker_inputs.to_list()
            if one.owner == ctx.label
            for library in one.libraries
        ])),
        CcInfo(compilation_context = context, linking_context = linking),
    ]

as_tensorflow_compiles = rule(
    implementation = _as_tensorflow_compiles_impl,
    doc = "Compiles a folder of selected sources with the flags, and links it with the dependencies, of cc_librarys that have all sources.",
    attrs = dict({
        "copts": attr.string_list(
            doc = "More flags, after TensorFlow's.",
        ),
        "deps": attr.label_list(
            doc = "More libraries.",
            providers = [CcInfo],
        ),
        "ops": attr.label(
            doc = "The selective_ops.",
            mandatory = True,
            providers = [SelectiveOpsInfo],
        ),
        "replaces": attr.label_list(
            doc = "The cc_librarys with all sources, which are neither built nor linked.",
            aspects = [_declared],
            mandatory = True,
        ),
        "runtime": attr.label(
            doc = "The cc_library without ops, whose sources do not depend on models.",
            aspects = [_declared],
            mandatory = True,
            providers = [CcInfo],
        ),
        "sources": attr.label(
            doc = "The selective_sources.",
            mandatory = True,
            providers = [SelectiveSourcesInfo],
        ),
    }, **CC_TOOLCHAIN_ATTRS),
    fragments = ["cpp"],
    provides = [CcInfo],
    toolchains = use_cc_toolchain(),
)
