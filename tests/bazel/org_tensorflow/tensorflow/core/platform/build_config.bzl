"""Protos, and what a mobile library depends on."""

def _proto_gen_impl(ctx):
    root = ctx.label.workspace_root
    args = [
        "--cpp_out=" + "/".join([part for part in [ctx.genfiles_dir.path, root] if part]),
        "-I" + (root or "."),
    ] + [f.path for f in ctx.files.srcs]
    ctx.actions.run(
        inputs = ctx.files.srcs + ctx.files.deps,
        outputs = ctx.outputs.outs,
        arguments = args,
        executable = ctx.executable.protoc,
        mnemonic = "ProtoCompile",
    )

proto_gen = rule(
    attrs = {
        "srcs": attr.label_list(allow_files = True),
        "deps": attr.label_list(allow_files = True),
        "protoc": attr.label(
            cfg = "exec",
            executable = True,
            allow_single_file = True,
            mandatory = True,
        ),
        "outs": attr.output_list(),
    },
    output_to_genfiles = True,
    implementation = _proto_gen_impl,
)

def tf_deps(deps, suffix):
    return [_with_suffix(dep, suffix) for dep in deps]

def _with_suffix(dep, suffix):
    if ":" in dep:
        return dep + suffix
    return dep + ":" + dep.split("/")[-1] + suffix

def tf_proto_library(name, srcs = [], protodeps = [], visibility = None, make_default_target_header_only = False):
    """Protos, as proto_library and as C++: <name>_cc has the headers, <name>_cc_impl the code.

    Args:
      name: of the library.
      srcs: the .proto files.
      protodeps: other tf_proto_library targets.
      visibility: of all.
      make_default_target_header_only: whether <name>_cc has headers only.
    """
    native.proto_library(
        name = name,
        srcs = srcs,
        deps = protodeps,
        visibility = visibility,
    )
    native.filegroup(
        name = name + "_proto_srcs",
        srcs = srcs + tf_deps(protodeps, "_proto_srcs"),
        visibility = visibility,
    )
    cc_deps = tf_deps(protodeps, "_cc")
    if not srcs:
        native.cc_library(
            name = name + "_cc",
            deps = cc_deps + ["@com_google_protobuf//:protobuf_headers"],
            visibility = visibility,
        )
        native.cc_library(
            name = name + "_cc_impl",
            deps = [dep + "_impl" for dep in cc_deps],
            visibility = visibility,
        )
        return

    gen_srcs = [src[:-len(".proto")] + ".pb.cc" for src in srcs]
    gen_hdrs = [src[:-len(".proto")] + ".pb.h" for src in srcs]
    proto_gen(
        name = name + "_genproto",
        srcs = srcs,
        deps = tf_deps(protodeps, "_proto_srcs"),
        outs = gen_srcs + gen_hdrs,
        protoc = "@com_google_protobuf//:protoc",
        visibility = ["//visibility:public"],
    )
    native.alias(
        name = name + "_cc",
        actual = name + ("_cc_headers_only" if make_default_target_header_only else "_cc_impl"),
        visibility = visibility,
    )
    native.cc_library(
        name = name + "_cc_impl",
        srcs = gen_srcs,
        hdrs = gen_hdrs,
        deps = ["@com_google_protobuf//:protobuf"] + [dep + "_impl" for dep in cc_deps],
        alwayslink = 1,
        visibility = visibility,
    )
    native.cc_library(
        name = name + "_cc_headers_only",
        hdrs = gen_hdrs,
        deps = ["@com_google_protobuf//:protobuf_headers"],
        visibility = visibility,
    )

def tf_portable_proto_lib():
    return ["//tensorflow/core:protos_all_cc_impl"]

def tf_portable_deps_no_runtime():
    return [
        "//tensorflow/core/framework/registration",
        "@com_googlesource_code_re2//:re2",
    ]
