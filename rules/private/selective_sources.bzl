"""selective_sources: the selected ones of many sources, before they are compiled."""

load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load(":paths.bzl", "tree_input", "tree_name")
load(":providers.bzl", "SelectiveOpsInfo", "SelectiveSourcesInfo")

_COMPILED = ["c++", "cc", "cpp", "cxx"]

def _is_compiled(file):
    return file.extension in _COMPILED

def _compiled_name(file):
    return tree_name(file) if _is_compiled(file) else None

def _selective_sources_impl(ctx):
    ops = ctx.attr.ops[SelectiveOpsInfo]
    sources = [file for file in ctx.files.srcs if _is_compiled(file)]
    headers = depset([file for file in ctx.files.srcs if not _is_compiled(file)])

    # Bazel asks the name of a source, and of a folder of sources, whether --cxxopt is for it.
    folder = ctx.actions.declare_directory(ctx.label.name + ".cc")

    arguments = ctx.actions.args()
    arguments.use_param_file("@%s", use_always = True)
    arguments.set_param_file_format("multiline")
    arguments.add(ops.selection, format = "--selection=%s")
    arguments.add_all(sources, map_each = tree_input, format_each = "--source=%s")
    arguments.add_all(depset(ctx.files.elsewhere), map_each = _compiled_name, format_each = "--elsewhere=%s")
    arguments.add_all([folder], format_each = "--output=%s", expand_directories = False)
    arguments.add(str(ctx.label), format = "--label=%s")
    ctx.actions.run(
        executable = ctx.executable._select_sources,
        arguments = [arguments],
        inputs = sources + [ops.selection],
        outputs = [folder],
        mnemonic = "OpsieveSources",
        progress_message = "Copying the selected sources of %s" % ctx.label,
    )

    # Includes of TensorFlow are from the top of its tree.
    roots = {}
    for file in ctx.files.srcs:
        root = "/".join([part for part in [file.root.path, file.owner.workspace_root] if part])
        roots[root or "."] = None
    return [
        DefaultInfo(files = depset([folder])),
        SelectiveSourcesInfo(sources = folder, headers = headers),
        CcInfo(compilation_context = cc_common.create_compilation_context(
            headers = headers,
            quote_includes = depset(roots.keys()),
        )),
    ]

selective_sources = rule(
    implementation = _selective_sources_impl,
    doc = """Keeps of TensorFlow's filegroups the sources that a selection needs: the rest is not even compiled.

The target is a folder, to be named in the `srcs` of a cc_library and, for the headers, in its `deps`. Below it files
have their paths in the TensorFlow tree. `__FILE__` has the folder before that; the option
`-ffile-prefix-map=$(BINDIR)/PACKAGE/NAME.cc/=` takes it away.

The build fails when a selected source is nowhere.

```starlark
selective_sources(
    name = "kernels",
    srcs = [
        "@org_tensorflow//tensorflow/core/kernels:portable_core_ops",
        "@org_tensorflow//tensorflow/core/kernels:portable_extended_ops",
    ],
    elsewhere = ["@org_tensorflow//tensorflow/core:mobile_srcs"],
    ops = ":ops",
)
```
""",
    attrs = {
        "elsewhere": attr.label_list(
            doc = "Sources that another library compiles, the runtime: they are left out, and may be selected.",
            allow_files = True,
        ),
        "ops": attr.label(
            doc = "The selective_ops.",
            mandatory = True,
            providers = [SelectiveOpsInfo],
        ),
        "srcs": attr.label_list(
            doc = "Sources to choose from, with their headers.",
            allow_files = True,
            mandatory = True,
        ),
        "_select_sources": attr.label(
            default = Label("//rules/private:select_sources"),
            cfg = "exec",
            executable = True,
        ),
    },
    provides = [CcInfo, SelectiveSourcesInfo],
)
