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

def _kernel_index_impl(ctx):
    index = ctx.actions.declare_file(ctx.label.name + ".json.gz")
    command = ["index", "../tree", "--preset", ctx.attr.preset, "--no-cache"]
    for define in ctx.attr.defines:
        command += ["--define", define]
    for name in ctx.attr.undefines:
        command += ["--undefine", name]
    for folder in _source_folders(ctx):
        command += ["--sources", folder]
    run_opsieve(
        ctx,
        commands = [command + ["-o", "out/" + index.basename]],
        inputs = depset(ctx.files.sources),
        outputs = [index],
        output_dir = index.dirname,
        mnemonic = "OpsieveIndex",
        progress_message = "Reading the kernels of TensorFlow for %s" % ctx.label,
        tree = depset(ctx.files.tensorflow),
        tree_root = ctx.attr.tree_root,
    )
    return [
        DefaultInfo(files = depset([index])),
        KernelIndexInfo(
            index = index,
            preset = ctx.attr.preset,
            defines = compile_defines(ctx.attr.preset, ctx.attr.defines, ctx.attr.undefines),
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
""",
    attrs = dict(
        RUN_STAGED,
        tensorflow = attr.label_list(
            doc = "The files of the tree, best of `tensorflow_tree`. TensorFlow's own filegroups do, too: their files " +
                  "are indexed, and helper files are known as far as the BUILD files are among them.",
            allow_empty = False,
            allow_files = True,
            mandatory = True,
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
