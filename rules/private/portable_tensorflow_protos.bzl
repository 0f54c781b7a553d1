"""portable_tensorflow_protos: C++ of TensorFlow's protos."""

load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load(":portable_tensorflow_compile.bzl", "folder_of")

def _imported_name(label, file, roots):
    """The name that others import a proto by: from the deepest of the folders that protoc searches."""
    found = ""
    for root in roots:
        folder = folder_of(label, root) + "/"
        if file.path.startswith(folder) and (not found or len(file.path) - len(folder) < len(found)):
            found = file.path[len(folder):]
    return found or fail("{}: {} is in none of {}".format(label, file.path, ", ".join(roots)))

def _portable_tensorflow_protos_impl(ctx):
    names = [_imported_name(ctx.label, file, ctx.attr.roots) for file in ctx.files.srcs]
    outputs = [
        ctx.actions.declare_file("{}/{}{}".format(ctx.label.name, name[:-len(".proto")], suffix))
        for name in names
        for suffix in (".pb.h", ".pb.cc")
    ]
    folder = "/".join([part for part in [ctx.bin_dir.path, ctx.label.workspace_root, ctx.label.package, ctx.label.name] if part])
    imports = depset(
        ctx.files.srcs,
        transitive = [dep[OutputGroupInfo].protos for dep in ctx.attr.deps] +
                     [target[CcInfo].compilation_context.headers for target in ctx.attr.import_files],
    )
    if outputs:
        arguments = ctx.actions.args()
        arguments.use_param_file("@%s")
        arguments.set_param_file_format("multiline")
        arguments.add("--cpp_out=" + folder)
        for root in ctx.attr.roots + ctx.attr.imports:
            arguments.add("-I" + folder_of(ctx.label, root))
        arguments.add_all(names)
        ctx.actions.run(
            executable = ctx.file.protoc,
            arguments = [arguments],
            inputs = imports,
            outputs = outputs,
            mnemonic = "PortableProtos",
            progress_message = "Compiling the protos of %s" % ctx.label,
        )
    context = cc_common.create_compilation_context(
        headers = depset([file for file in outputs if file.extension == "h"]),
        includes = depset([folder]),
    )
    return [
        DefaultInfo(files = depset([file for file in outputs if file.extension == "cc"])),
        OutputGroupInfo(protos = imports),
        cc_common.merge_cc_infos(
            cc_infos = [CcInfo(compilation_context = context)] + [dep[CcInfo] for dep in ctx.attr.deps],
        ),
    ]

portable_tensorflow_protos = rule(
    implementation = _portable_tensorflow_protos_impl,
    doc = "What protoc makes of protos: the sources are the target's files, and the headers are for those who depend on it.",
    attrs = {
        "deps": attr.label_list(
            doc = "Other portable_tensorflow_protos that these import.",
            providers = [CcInfo],
        ),
        "import_files": attr.label_list(
            doc = "Packages that have the protos there.",
            providers = [CcInfo],
        ),
        "imports": attr.string_list(
            doc = "More folders that protoc searches.",
        ),
        "protoc": attr.label(
            doc = "The program, of the release of the protobuf that is linked.",
            allow_single_file = True,
            mandatory = True,
        ),
        "roots": attr.string_list(
            doc = "Folders of the repository that the protos' names begin below.",
            mandatory = True,
        ),
        "srcs": attr.label_list(
            doc = "Protos.",
            allow_files = [".proto"],
        ),
    },
    provides = [CcInfo],
)
