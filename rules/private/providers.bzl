"""What opsieve's rules tell each other, and other rules that want to build on them."""

KernelIndexInfo = provider(
    doc = "The index of a TensorFlow source tree, and what it was read under.",
    fields = {
        "defines": "list of strings NAME or NAME=VALUE: the defines to compile with, which select kernels as the index has them",
        "headers": "depset of Files: of the tree, with which custom ops are read",
        "index": "File: the index, as `opsieve index` writes it",
        "preset": "string: mobile, desktop, android-slim or android-full",
        "tree_root": "string: the folder in the repository of the headers that is the top of the tree",
    },
)

SelectiveOpsInfo = provider(
    doc = "What opsieve selected for some models.",
    fields = {
        "defines": "list of strings: the defines that every file of TensorFlow has to be compiled with",
        "header": "File: ops_to_register.h",
        "include_dir": "string: the folder of the header, for -I, from the execution root",
        "index": "File or None: the index that was selected from; None is the one inside opsieve",
        "lock": "File or None: the opsieve.lock that the selection was compared with",
        "makefile": "File: selected.mk",
        "models": "depset of Files: the models, all files of each",
        "op_files": "File: tf_op_files.txt, the .cc files to compile, one a line, relative to the TensorFlow tree",
        "selection": "File: selection.json, what was selected and why",
        "starlark": "File: selected.bzl",
    },
)

SelectiveSourcesInfo = provider(
    doc = "The sources of a selection.",
    fields = {
        "headers": "depset of Files: what else was in srcs, as it is",
        "sources": "File: a folder (tree artifact) with the selected .cc files; their paths below it are those in the TensorFlow tree",
    },
)

SizeReportInfo = provider(
    doc = "Who owns the bytes of a binary.",
    fields = {
        "binary": "File: the library or program",
        "reports": "dict from format (text, json, csv, html) to File",
    },
)
