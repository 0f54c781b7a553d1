"""size_budget_test: fails when a binary has grown past its budget."""

load(":opsieve_run.bzl", "OPSIEVE_TO_RUN", "opsieve_test")
load(":paths.bzl", "shown_label")
load(":size_inputs.bzl", "SIZE_INPUTS", "size_inputs")

def _short_path(file):
    return file.short_path

def _written(ctx):
    """The budget of the attributes, as the file that `opsieve size check` reads."""
    file = ctx.actions.declare_file(ctx.label.name + ".yaml")
    budget = {"schema": 1}
    if ctx.attr.budget:
        budget["total"] = ctx.attr.budget
    if ctx.attr.per_op_budgets:
        budget["ops"] = ctx.attr.per_op_budgets

    # JSON is YAML.
    ctx.actions.write(file, json.encode_indent(budget, indent = "  ") + "\n")
    return file

def _size_budget_test_impl(ctx):
    inline = bool(ctx.attr.budget or ctx.attr.per_op_budgets)
    if inline == bool(ctx.file.budget_file):
        fail("{}: give either budget_file, or budget and per_op_budgets".format(ctx.label))
    if ctx.attr.per_op_budgets and not (ctx.attr.ops or ctx.file.map):
        fail("{}: per_op_budgets needs to know which bytes are whose: name the selective_ops as ops".format(ctx.label))
    given = size_inputs(ctx, _short_path)
    budget = ctx.file.budget_file or _written(ctx)
    files = given.files + [budget]
    arguments = ["size", "check"] + given.arguments + ["--budget", budget.short_path]
    if ctx.file.baseline:
        files.append(ctx.file.baseline)
        arguments += ["--baseline", ctx.file.baseline.short_path]
    return opsieve_test(ctx, arguments, files, "a size_report of {} tells who owns its bytes; limits that may grow are in {}".format(
        shown_label(ctx.attr.binary.label),
        shown_label(ctx.attr.budget_file.label if ctx.attr.budget_file else ctx.label),
    ))

size_budget_test = rule(
    implementation = _size_budget_test_impl,
    doc = """Fails when a binary exceeds its size budget, and tells by how much, by whose bytes, and why they came.

Sizes are as `4.5 MB`, `300 KiB` or a number of bytes. An op has the bytes that nothing else has a share in. The sizes
of the last release, which `opsieve size baseline` writes, are needed for limits of growth, and tell what grew.

```starlark
size_budget_test(
    name = "app_size_test",
    binary = ":libapp.so",
    budget = "4.5 MB",
    per_op_budgets = {
        "MatMul": "300 KB",
        "*": "100 KB",
    },
    ops = ":ops",
)
```
""",
    attrs = dict(
        dict(OPSIEVE_TO_RUN, **SIZE_INPUTS),
        budget = attr.string(
            doc = "What the file may weigh.",
        ),
        per_op_budgets = attr.string_dict(
            doc = "What each op may weigh, by name or pattern; `*` is every op without a line of its own.",
        ),
        budget_file = attr.label(
            doc = "The budgets as a YAML file, which can limit more (docs/size-budgets.md), instead of both.",
            allow_single_file = [".yaml", ".yml", ".json"],
        ),
        baseline = attr.label(
            doc = "The sizes to compare with.",
            allow_single_file = True,
        ),
    ),
    test = True,
)
