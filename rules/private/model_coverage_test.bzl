"""model_coverage_test: proves that a built library has every kernel that models need."""

load(":opsieve_run.bzl", "OPSIEVE_TO_RUN", "opsieve_test")
load(":paths.bzl", "built_file", "model_name", "shown_label")
load(":providers.bzl", "SelectiveOpsInfo")

def _short_path(file):
    return file.short_path

def _model_coverage_test_impl(ctx):
    library = built_file(ctx.attr.library)
    index = ctx.file.index
    files = [library] + ctx.files.models
    arguments = ["check"] + [model_name(model, _short_path) for model in ctx.attr.models]
    arguments += ["--library", library.short_path]
    if ctx.attr.ops:
        ops = ctx.attr.ops[SelectiveOpsInfo]
        index = index or ops.index
        files.append(ops.selection)
        arguments += ["--selection", ops.selection.short_path]
    if index:
        files.append(index)
        arguments += ["--tensorflow", index.short_path]
    for op in ctx.attr.allow_unresolved:
        arguments += ["--allow-unresolved", op]
    for signature in ctx.attr.signatures:
        arguments += ["--signature", signature]
    return opsieve_test(ctx, arguments, files, "add the model to the models of {}, and build {} from that".format(
        shown_label(ctx.attr.ops.label) if ctx.attr.ops else "a selective_ops",
        shown_label(ctx.attr.library.label),
    ))

model_coverage_test = rule(
    implementation = _model_coverage_test_impl,
    doc = """Reads from a built library, stripped or not, what it registers, and fails when that is not all that the models need.

```starlark
model_coverage_test(
    name = "app_runs_its_models_test",
    index = ":kernels",
    library = ":libapp.so",
    models = ["model.pb"],
)
```
""",
    attrs = dict(
        OPSIEVE_TO_RUN,
        library = attr.label(
            doc = "The library or program, or its linker's map.",
            allow_files = True,
            mandatory = True,
        ),
        models = attr.label_list(
            doc = "The models, as in selective_ops.",
            allow_empty = False,
            allow_files = True,
            mandatory = True,
        ),
        ops = attr.label(
            doc = "The selective_ops that the library was built from, whose index is used, and which a linker's map needs.",
            providers = [SelectiveOpsInfo],
        ),
        index = attr.label(
            doc = "The index of the TensorFlow that was built, unless ops tells.",
            allow_single_file = True,
        ),
        signatures = attr.string_list(
            doc = "Check only what these signatures need.",
        ),
        allow_unresolved = attr.string_list(
            doc = "Ops to leave out of the check.",
        ),
    ),
    test = True,
)
