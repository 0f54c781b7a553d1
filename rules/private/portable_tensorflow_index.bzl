"""portable_tensorflow_index: the kernels of the tree of a portable_tensorflow_repository."""

load(":kernel_index.bzl", "compile_defines")
load(":providers.bzl", "KernelIndexInfo")

def _portable_tensorflow_index_impl(ctx):
    return [
        DefaultInfo(files = depset([ctx.file.index])),
        KernelIndexInfo(
            defines = compile_defines(ctx.attr.preset),
            headers = depset(ctx.files.headers),
            index = ctx.file.index,
            preset = ctx.attr.preset,
            tree_root = ctx.attr.tree_root,
        ),
    ]

portable_tensorflow_index = rule(
    implementation = _portable_tensorflow_index_impl,
    doc = "The index that was made with the repository, and the headers with which kernel_index reads custom ops.",
    attrs = {
        "headers": attr.label_list(
            doc = "Headers of the tree.",
            allow_files = True,
        ),
        "index": attr.label(
            doc = "The index.",
            allow_single_file = True,
            mandatory = True,
        ),
        "preset": attr.string(
            doc = "What the index was made under.",
            mandatory = True,
        ),
        "tree_root": attr.string(
            doc = "The folder of the repository that is the top of the tree.",
            mandatory = True,
        ),
    },
    provides = [KernelIndexInfo],
)
