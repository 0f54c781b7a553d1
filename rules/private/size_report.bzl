"""size_report: who owns the bytes of a binary."""

load(":opsieve_run.bzl", "RUN_STAGED", "run_opsieve")
load(":paths.bzl", "staged_name")
load(":providers.bzl", "SizeReportInfo")
load(":size_inputs.bzl", "SIZE_INPUTS", "size_inputs")

_ENDINGS = {"csv": ".csv", "html": ".html", "json": ".json", "text": ".txt"}

def _size_report_impl(ctx):
    given = size_inputs(ctx, staged_name)
    reports = {}
    commands = []
    for kind in ctx.attr.formats:
        if kind not in _ENDINGS:
            fail("{}: there is no format {}; there are {}".format(ctx.label, kind, ", ".join(_ENDINGS.keys())))
        reports[kind] = ctx.actions.declare_file("{}/size{}".format(ctx.label.name, _ENDINGS[kind]))
        commands.append(["size", "report"] + given.arguments + ["--format", kind, "-o", "out/size" + _ENDINGS[kind]])
    run_opsieve(
        ctx,
        commands = commands,
        inputs = depset(given.files),
        outputs = reports.values(),
        output_dir = reports.values()[0].dirname,
        mnemonic = "OpsieveSize",
        progress_message = "Measuring %s" % ctx.label,
    )
    return [
        DefaultInfo(files = depset(reports.values())),
        OutputGroupInfo(**{kind: depset([file]) for kind, file in reports.items()}),
        SizeReportInfo(binary = given.binary, reports = reports),
    ]

size_report = rule(
    implementation = _size_report_impl,
    doc = """Tells who owns each byte of a binary: op, kernel class, runtime, package, format.

The reports are in a folder named after the target, size.txt, size.json, ..., each also an output group by its format.
""",
    attrs = dict(
        dict(RUN_STAGED, **SIZE_INPUTS),
        formats = attr.string_list(
            doc = "Which of `text`, `json`, `csv` and `html` to write.",
            allow_empty = False,
            default = ["text", "json", "html"],
        ),
    ),
    provides = [SizeReportInfo],
)
