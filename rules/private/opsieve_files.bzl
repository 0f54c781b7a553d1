"""opsieve_files: runs `opsieve generate` on models."""

load(":providers.bzl", "OpsieveFilesInfo")

_SAVED_MODELS = ["saved_model.pb", "saved_model.pbtxt"]

def _model_path(model):
    """The path that `opsieve generate` takes: of the only file, or of a SavedModel's folder."""
    files = model.files.to_list()
    if len(files) == 1:
        return files[0].path
    for file in files:
        if file.basename in _SAVED_MODELS:
            return file.dirname
    fail("{} is neither one file nor a SavedModel: none of its {} files is {}".format(
        model.label,
        len(files),
        " or ".join(_SAVED_MODELS),
    ))

def _output(ctx, name):
    return ctx.actions.declare_file("{}/{}".format(ctx.label.name, name))

def _opsieve_files_impl(ctx):
    info = OpsieveFilesInfo(
        header = _output(ctx, "ops_to_register.h"),
        op_files = _output(ctx, "tf_op_files.txt"),
        selection = _output(ctx, "selection.json"),
        starlark = _output(ctx, "selected.bzl"),
        makefile = _output(ctx, "selected.mk"),
    )
    outputs = [info.header, info.op_files, info.selection, info.starlark, info.makefile]

    arguments = ctx.actions.args()
    arguments.add("generate")
    arguments.add_all([_model_path(model) for model in ctx.attr.models])
    if ctx.file.index:
        arguments.add("--tensorflow", ctx.file.index)
    arguments.add_all(ctx.attr.allow_unresolved, before_each = "--allow-unresolved")
    arguments.add("-o", info.header.dirname)

    ctx.actions.run(
        executable = ctx.executable._opsieve,
        arguments = [arguments],
        inputs = ctx.files.models + ctx.files.index,
        outputs = outputs,
        mnemonic = "OpsieveGenerate",
        progress_message = "Selecting the kernels of %{label}",
        # Where Bazel has no Python of its own, the one in PATH runs opsieve.
        use_default_shell_env = True,
    )
    return [
        DefaultInfo(files = depset(outputs)),
        OutputGroupInfo(
            header = depset([info.header]),
            op_files = depset([info.op_files]),
            selection = depset([info.selection]),
        ),
        info,
    ]

opsieve_files = rule(
    implementation = _opsieve_files_impl,
    doc = """Generates ops_to_register.h, tf_op_files.txt, selection.json, selected.bzl and selected.mk for some models.

The files are in a folder named after the target, so that the folder can be a directory of includes. The build fails
when the index has no kernel that a model needs.
""",
    attrs = {
        "models": attr.label_list(
            doc = "The models: each a file, or a filegroup of the files of a SavedModel.",
            allow_empty = False,
            allow_files = True,
            mandatory = True,
        ),
        "index": attr.label(
            doc = "The index of the TensorFlow that will be compiled, made by `opsieve index`; without it, the index " +
                  "inside opsieve.",
            allow_single_file = True,
        ),
        "allow_unresolved": attr.string_list(
            doc = "Ops that may lack a kernel.",
        ),
        "_opsieve": attr.label(
            default = Label("//:opsieve"),
            cfg = "exec",
            executable = True,
        ),
    },
    provides = [OpsieveFilesInfo],
)
