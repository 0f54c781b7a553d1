"""What opsieve's rules tell each other."""

OpsieveFilesInfo = provider(
    doc = "The files that opsieve generates for some models.",
    fields = {
        "header": "File: ops_to_register.h",
        "op_files": "File: tf_op_files.txt, the .cc files to compile, one a line",
        "selection": "File: selection.json, what was selected and why",
        "starlark": "File: selected.bzl",
        "makefile": "File: selected.mk",
    },
)
