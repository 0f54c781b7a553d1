"""selective_library: TensorFlow's portable runtime with exactly what models need."""

load("@rules_cc//cc:find_cc_toolchain.bzl", "CC_TOOLCHAIN_ATTRS", "use_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load(":compiled_elsewhere.bzl", "CompiledInfo", "compiled_name", "compiled_sources")
load(":portable_tensorflow_compile.bzl", "cc_toolchain_of", "compile_sources")
load(":portable_tensorflow_info.bzl", "PortableRuntimeInfo")
load(":providers.bzl", "SelectiveOpsInfo")

# ACTION_NAMES.cpp_link_static_library of rules_cc.
_ARCHIVE = "c++-link-static-library"

def _selected(ctx, runtime, ops):
    """Folders with what the selection adds: known only when the selection has been made."""
    sources = ctx.actions.declare_directory(ctx.label.name + ".sources")
    protos = ctx.actions.declare_directory(ctx.label.name + ".protos")
    packages = [ctx.actions.declare_directory("{}.{}".format(ctx.label.name, package.name)) for package in runtime.packages]

    arguments = ctx.actions.args()
    arguments.use_param_file("@%s", use_always = True)
    arguments.set_param_file_format("multiline")
    arguments.add(str(ctx.label), format = "--label=%s")
    arguments.add(ops.selection, format = "--selection=%s")
    arguments.add(runtime.offer, format = "--offer=%s")
    arguments.add_all(["--registering=" + file.path[len(runtime.tree) + 1:] for file in runtime.registering.to_list()])
    elsewhere = depset(transitive = [dep[CompiledInfo].sources for dep in ctx.attr.deps])
    arguments.add_all(elsewhere, map_each = compiled_name, format_each = "--elsewhere=%s")
    arguments.add("--tree=" + runtime.tree)
    arguments.add_all([sources], format_each = "--sources=%s", expand_directories = False)
    arguments.add("--protos-root=" + runtime.protos_root)
    arguments.add_all([protos], format_each = "--protos=%s", expand_directories = False)
    for package, folder in zip(runtime.packages, packages):
        arguments.add("--package-root={}={}".format(package.name, package.root))
        arguments.add_all([folder], format_each = "--package={}=%s".format(package.name), expand_directories = False)
    ctx.actions.run(
        executable = ctx.executable._copy_selected,
        arguments = [arguments],
        inputs = depset(
            [ops.selection, runtime.offer],
            transitive = [runtime.offered, runtime.registering, runtime.protos] + [package.sources for package in runtime.packages],
        ),
        outputs = [sources, protos] + packages,
        mnemonic = "SelectiveSources",
        progress_message = "Copying the selected sources of %s" % ctx.label,
    )
    return struct(sources = sources, protos = protos, packages = packages)

def _compiled(ctx, tools, runtime, selected):
    """Objects of what the selection adds, and of what registers in the runtime."""
    contexts = [runtime.context]
    objects = compile_sources(
        ctx,
        tools,
        name = ctx.label.name,
        srcs = [selected.sources],
        flags = runtime.flags.cxx,
        defines = runtime.flags.defines,
        contexts = contexts,
        prefixes = runtime.prefixes,
    )
    objects = objects + compile_sources(
        ctx,
        tools,
        name = ctx.label.name + "_protos",
        srcs = [selected.protos],
        flags = runtime.flags.protos_cxx,
        defines = runtime.flags.protos_defines,
        contexts = contexts,
        prefixes = runtime.prefixes + [selected.protos.path],
    )
    for package, folder in zip(runtime.packages, selected.packages):
        if package.sources.to_list():
            objects = objects + compile_sources(
                ctx,
                tools,
                name = "{}_{}".format(ctx.label.name, package.name),
                srcs = [folder],
                flags = package.flags.c if package.is_c else package.flags.cxx,
                defines = package.flags.defines,
                contexts = [package.context],
                includes = package.private_includes + [package.root],
                prefixes = runtime.prefixes + [folder.path],
            )
    return objects

def _archive(ctx, tools, macho, objects):
    archive = ctx.actions.declare_file("lib{}.a".format(ctx.label.name))
    listed = ctx.actions.declare_file("lib{}.a.objects".format(ctx.label.name))
    lines = ctx.actions.args()
    lines.set_param_file_format("multiline")
    lines.add_all(objects)
    ctx.actions.write(listed, lines)
    ctx.actions.run(
        executable = cc_common.get_tool_for_action(
            feature_configuration = tools.features,
            action_name = _ARCHIVE,
        ),
        # Apple's libtool, and ar.
        arguments = ["-static", "-o", archive.path, "-filelist", listed.path] if macho else ["rcsD", archive.path, "@" + listed.path],
        inputs = depset([listed], transitive = [objects, tools.cc_toolchain.all_files]),
        outputs = [archive],
        mnemonic = "SelectiveArchive",
        progress_message = "Archiving %s" % ctx.label,
    )
    return archive

def _link(ctx, tools, name, output_type, library, flags, objects = None, inputs = []):
    outputs = cc_common.link(
        actions = ctx.actions,
        name = name,
        cc_toolchain = tools.cc_toolchain,
        feature_configuration = tools.features,
        output_type = output_type,
        compilation_outputs = cc_common.create_compilation_outputs(objects = objects, pic_objects = objects),
        linking_contexts = [library.linking_context],
        user_link_flags = flags,
        additional_inputs = inputs,
    )
    if output_type == "executable":
        return outputs.executable
    library_to_link = outputs.library_to_link
    return library_to_link.resolved_symlink_dynamic_library or library_to_link.dynamic_library

def _stripped(ctx, tools, file):
    output = ctx.actions.declare_file("{}.stripped/{}".format(ctx.label.name, file.basename))
    ctx.actions.run(
        executable = tools.cc_toolchain.strip_executable,
        arguments = ["-o", output.path, file.path],
        inputs = depset([file], transitive = [tools.cc_toolchain.all_files]),
        outputs = [output],
        mnemonic = "SelectiveStrip",
        progress_message = "Stripping %s" % file.short_path,
    )
    return output

def _cc_info(ctx, tools, runtime, archive):
    library = cc_common.create_library_to_link(
        actions = ctx.actions,
        feature_configuration = tools.features,
        cc_toolchain = tools.cc_toolchain,
        pic_static_library = archive,
        # Nothing refers to a registration.
        alwayslink = True,
    )
    own = CcInfo(
        compilation_context = cc_common.create_compilation_context(defines = depset(runtime.defines)),
        linking_context = cc_common.create_linking_context(
            linker_inputs = depset([cc_common.create_linker_input(
                owner = ctx.label,
                libraries = depset([library]),
                user_link_flags = depset(runtime.link.library + runtime.link.system),
            )]),
        ),
    )
    interface = CcInfo(compilation_context = runtime.interface)
    return cc_common.merge_cc_infos(cc_infos = [own, interface] + [dep[CcInfo] for dep in ctx.attr.deps])

def _selective_library_impl(ctx):
    runtime = ctx.attr.runtime[PortableRuntimeInfo]
    ops = ctx.attr.ops[SelectiveOpsInfo]
    tools = cc_toolchain_of(ctx)
    selected = _selected(ctx, runtime, ops)
    objects = depset(_compiled(ctx, tools, runtime, selected), transitive = [runtime.objects])
    archive = _archive(ctx, tools, runtime.link.macho, objects)
    cc_info = _cc_info(ctx, tools, runtime, archive)
    groups = {"sources": [selected.sources, selected.protos] + selected.packages, "static": [archive]}
    if runtime.link.shared != None:
        soname = "lib{}.so".format(ctx.label.name)
        shared = _link(
            ctx,
            tools,
            ctx.label.name,
            "dynamic_library",
            cc_info,
            runtime.link.shared + [
                "-Wl,-soname," + soname,
                "-Wl,--version-script," + runtime.link.version_script.path,
            ],
            inputs = [runtime.link.version_script],
        )
        program = _link(
            ctx,
            tools,
            ctx.label.name + "_run_model",
            "executable",
            cc_info,
            runtime.link.program,
            objects = runtime.run_model,
        )
        groups["shared"] = [shared]
        groups["run_model"] = [program]
        groups["stripped"] = [_stripped(ctx, tools, shared), _stripped(ctx, tools, program)]
    return [
        DefaultInfo(files = depset(groups["static"] + groups.get("shared", []))),
        OutputGroupInfo(**{name: depset(files) for name, files in groups.items()}),
        cc_info,
        ops,
    ]

selective_library = rule(
    implementation = _selective_library_impl,
    doc = """The library that runs the models of a selective_ops, and no others: TensorFlow's portable runtime, and the selected kernels.

It is a static and a shared library, and may be among the `deps` of a cc_binary, which then runs models with
`tensorflow::Session`; the static library is linked whole, because nothing refers to a registration.

Output groups: `static`, `shared`, `run_model` (a program that runs a model), `stripped` (the last two without symbols),
and `sources`: what was compiled for the selection.

```starlark
selective_library(
    name = "tensorflow",
    ops = ":ops",
    runtime = "@tf//:runtime",
)

# What ships, by itself: for a size_budget_test, or for a rule that packs it.
filegroup(
    name = "stripped",
    srcs = [":tensorflow"],
    output_group = "stripped",
)
```

Of several files, rules that want one binary take the shared library. Custom ops are a cc_library of your own. It has the
runtime's headers, and registers what is selected:

```starlark
cc_library(
    name = "my_ops",
    srcs = ["my_op.cc"],
    alwayslink = True,
    deps = [":ops", "@tf//:runtime"],
)
```

It is named in `deps`, and its sources are in the index: `kernel_index(add_to = "@tf//:index", sources = ["my_op.cc"])`.
""",
    attrs = dict(
        CC_TOOLCHAIN_ATTRS,
        ops = attr.label(
            doc = "The selective_ops; its index should be that of the runtime's tree.",
            mandatory = True,
            providers = [SelectiveOpsInfo],
        ),
        runtime = attr.label(
            doc = "The `//:runtime` of a portable_tensorflow_repository.",
            mandatory = True,
            providers = [PortableRuntimeInfo],
        ),
        deps = attr.label_list(
            aspects = [compiled_sources],
            doc = "Libraries to link with it, such as custom ops (with `alwayslink`). They are not in the static library itself.",
            providers = [CcInfo],
        ),
        _copy_selected = attr.label(
            default = Label("//rules/private:selective_library_sources"),
            cfg = "exec",
            executable = True,
        ),
    ),
    fragments = ["cpp"],
    provides = [CcInfo, SelectiveOpsInfo],
    toolchains = use_cc_toolchain(),
)
