"""kernel_index: the kernels of a TensorFlow source tree, read once for all models."""

load(":opsieve_run.bzl", "RUN_STAGED", "run_opsieve")
load(":paths.bzl", "staged_name")
load(":providers.bzl", "KernelIndexInfo")

# What a preset defines, as in presets.yaml of opsieve: what is compiled has to be told when the build is analysed.
PRESETS = {
    "android-full": ["__ANDROID__", "IS_MOBILE_PLATFORM", "__ANDROID_TYPES_FULL__"],
    "android-slim": ["__ANDROID__", "IS_MOBILE_PLATFORM", "__ANDROID_TYPES_SLIM__"],
    "desktop": [],
    "mobile": ["IS_MOBILE_PLATFORM", "SUPPORT_SELECTIVE_REGISTRATION"],
}

# Compilers and TensorFlow's own headers define these.
_NOT_ON_COMMAND_LINES = ["__ANDROID__", "IS_MOBILE_PLATFORM"]

def compile_defines(preset, defines = [], undefines = []):
    """What the files of TensorFlow have to be compiled with, so that what was read is what is built.

    Args:
      preset: string, a key of PRESETS.
      defines: list of strings NAME or NAME=VALUE, in addition.
      undefines: list of strings, names to leave out.

    Returns:
      A list of strings.
    """
    return ["SELECTIVE_REGISTRATION"] + [
        define
        for define in PRESETS[preset] + defines
        if define.split("=")[0] not in undefines + _NOT_ON_COMMAND_LINES
    ]

def _source_folders(ctx):
    folders = {}
    for file in ctx.files.sources:
        folders[staged_name(file).rpartition("/")[0] or "."] = None
    return [folder for folder in folders if not _below_another(folder, folders)]

def _below_another(folder, folders):
    return any([other != folder and (folder + "/").startswith(other + "/") for other in folders])

def _of_tree(ctx):
    """What is read: all of a tree."""
    if not ctx.files.tensorflow:
        fail("{}: give the files of a TensorFlow tree as tensorflow, or an index as add_to".format(ctx.label))
    arguments = ["--preset", ctx.attr.preset]
    for define in ctx.attr.defines:
        arguments += ["--define", define]
    for name in ctx.attr.undefines:
        arguments += ["--undefine", name]
    return struct(
        arguments = arguments,
        defines = compile_defines(ctx.attr.preset, ctx.attr.defines, ctx.attr.undefines),
        indexes = [],
        preset = ctx.attr.preset,
        tree = depset(ctx.files.tensorflow),
        tree_root = ctx.attr.tree_root,
    )

def _of_sources_alone(ctx):
    """What is read: custom ops, with headers of the tree of an index."""
    if ctx.files.tensorflow or ctx.attr.tree_root or ctx.attr.defines or ctx.attr.undefines or ctx.attr.preset != "mobile":
        fail("{}: tensorflow, tree_root, preset, defines and undefines are those of the index that add_to names".format(ctx.label))
    if not ctx.files.sources:
        fail("{}: name the files of the custom ops to add as sources".format(ctx.label))
    base = ctx.attr.add_to[KernelIndexInfo]
    return struct(
        arguments = ["--add-to", staged_name(base.index)],
        defines = base.defines,
        indexes = [base.index],
        preset = base.preset,
        tree = base.headers,
        tree_root = base.tree_root,
    )

def _kernel_index_impl(ctx):
    index = ctx.actions.declare_file(ctx.label.name + ".json.gz")
    read = _of_sources_alone(ctx) if ctx.attr.add_to else _of_tree(ctx)
    command = ["index", "../tree", "--no-cache"] + read.arguments
    for folder in _source_folders(ctx):
        command += ["--sources", folder]
    run_opsieve(
        ctx,
        commands = [command + ["-o", "out/" + index.basename]],
        inputs = depset(ctx.files.sources + read.indexes),
        outputs = [index],
        output_dir = index.dirname,
        mnemonic = "OpsieveIndex",
        progress_message = "Reading the kernels of TensorFlow for %s" % ctx.label,
        tree = read.tree,
        tree_root = read.tree_root,
    )
    return [
        DefaultInfo(files = depset([index])),
        KernelIndexInfo(
            index = index,
            preset = read.preset,
            defines = read.defines,
            headers = read.tree,
            tree_root = read.tree_root,
        ),
    ]

kernel_index = rule(
    implementation = _kernel_index_impl,
    doc = """Reads which kernels and op definitions a TensorFlow source tree registers, without a compiler.

The action depends on the files of the tree and on nothing else: with a shared cache it runs once for everybody.

```starlark
kernel_index(
    name = "kernels",
    tensorflow = ["@tensorflow_tree//:tree"],
)
```

Custom ops are `sources` of it, or of another index, which adds them to it: then the tree is not read again when they
change.

```starlark
kernel_index(
    name = "kernels_and_my_ops",
    add_to = "@tf//:index",
    sources = ["my_op.cc"],
)
```
""",
    attrs = dict(
        RUN_STAGED,
        add_to = attr.label(
            doc = "A kernel_index, or the `//:index` of a portable_tensorflow_repository, to add custom ops to: only " +
                  "`sources` are given besides.",
            providers = [KernelIndexInfo],
        ),
        tensorflow = attr.label_list(
            doc = "The files of the tree, best of `tensorflow_tree`. TensorFlow's own filegroups do, too: their files " +
                  "are indexed, and helper files are known as far as the BUILD files are among them.",
            allow_files = True,
        ),
        tree_root = attr.string(
            doc = "The folder in the repository of these files that is the top of the tree. Default: the repository's top.",
        ),
        preset = attr.string(
            doc = "The defines that the library is compiled with: `mobile`, `desktop`, `android-slim` or `android-full`.",
            default = "mobile",
            values = PRESETS.keys(),
        ),
        defines = attr.string_list(
            doc = "More defines, `NAME` or `NAME=VALUE`.",
        ),
        undefines = attr.string_list(
            doc = "Defines of the preset to leave out.",
        ),
        sources = attr.label_list(
            doc = "Files of custom ops, their headers too.",
            allow_files = True,
        ),
    ),
    provides = [KernelIndexInfo],
)
