"""portable_tensorflow_runtime: all of TensorFlow's portable runtime for one target."""

load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load(":portable_tensorflow_compile.bzl", "folder_of")
load(":portable_tensorflow_info.bzl", "PortableObjectsInfo", "PortablePackageInfo", "PortableRuntimeInfo")
load(":portable_tensorflow_library.bzl", "root_prefixes")

def _portable_tensorflow_runtime_impl(ctx):
    contexts = cc_common.merge_cc_infos(cc_infos = [dep[CcInfo] for dep in ctx.attr.selected_deps]).compilation_context
    objects = depset(transitive = [library[PortableObjectsInfo].objects for library in ctx.attr.libraries])
    return [
        DefaultInfo(files = objects),
        # For custom ops: nothing to link. Who forgets the selective_ops is told by the runtime's ops_to_register.h.
        cc_common.merge_cc_infos(cc_infos = [
            CcInfo(compilation_context = cc_common.create_compilation_context(
                defines = depset(ctx.attr.public_defines + ["SELECTIVE_REGISTRATION"]),
            )),
            CcInfo(compilation_context = contexts),
        ]),
        PortableRuntimeInfo(
            objects = objects,
            run_model = ctx.attr.run_model[PortableObjectsInfo].objects,
            context = contexts,
            interface = ctx.attr.interface[CcInfo].compilation_context,
            defines = ctx.attr.public_defines,
            offer = ctx.file.offer,
            offered = depset(ctx.files.offered),
            registering = depset(ctx.files.registering),
            tree = folder_of(ctx.label, "tree"),
            protos = ctx.attr.extra_protos[DefaultInfo].files,
            protos_root = "{}/{}".format(ctx.bin_dir.path, folder_of(ctx.label, "{}/{}".format(ctx.label.package, ctx.attr.extra_protos.label.name))),
            packages = [package[PortablePackageInfo] for package in ctx.attr.extra_packages],
            flags = struct(
                cxx = ctx.attr.selected_cxxopts,
                defines = ctx.attr.selected_defines,
                protos_cxx = ctx.attr.protos_cxxopts,
                protos_defines = ctx.attr.protos_defines,
            ),
            prefixes = root_prefixes(ctx) + [package[PortablePackageInfo].root for package in ctx.attr.extra_packages],
            link = struct(
                shared = ctx.attr.shared_flags if ctx.attr.shared else None,
                program = ctx.attr.program_flags,
                library = ctx.attr.library_flags,
                system = ctx.attr.system_libraries,
                version_script = ctx.file.version_script,
                macho = ctx.attr.macho,
            ),
        ),
    ]

portable_tensorflow_runtime = rule(
    implementation = _portable_tensorflow_runtime_impl,
    doc = "What a selective_library is made of, but for what is selected.",
    attrs = {
        "extra_packages": attr.label_list(
            doc = "Third-party packages that only some selected files need.",
            providers = [PortablePackageInfo],
        ),
        "extra_protos": attr.label(
            doc = "Protos that only some selected files need.",
            mandatory = True,
        ),
        "interface": attr.label(
            doc = "What apps include.",
            mandatory = True,
            providers = [CcInfo],
        ),
        "libraries": attr.label_list(
            doc = "What is linked whatever the models.",
            mandatory = True,
            providers = [PortableObjectsInfo],
        ),
        "library_flags": attr.string_list(
            doc = "The linker's arguments for apps with the static library.",
        ),
        "macho": attr.bool(
            doc = "Whether objects are Mach-O rather than ELF.",
        ),
        "made_roots": attr.string_list(
            doc = "The same, of what is made during the build.",
        ),
        "offer": attr.label(
            doc = "offer.json, which tells what each file on offer needs.",
            allow_single_file = True,
            mandatory = True,
        ),
        "offered": attr.label_list(
            doc = "Sources that a selection may add.",
            allow_files = True,
        ),
        "program_flags": attr.string_list(
            doc = "The linker's arguments for run_model.",
        ),
        "protos_cxxopts": attr.string_list(
            doc = "The compiler's arguments for extra_protos.",
        ),
        "protos_defines": attr.string_list(
            doc = "Defines for extra_protos.",
        ),
        "public_defines": attr.string_list(
            doc = "Defines for apps.",
        ),
        "registering": attr.label_list(
            doc = "Sources of the runtime that register something, so that they are compiled for each selection.",
            allow_files = True,
        ),
        "roots": attr.string_list(
            doc = "Folders of the repository that file names in programs do not tell.",
        ),
        "run_model": attr.label(
            doc = "The program that runs a model.",
            mandatory = True,
            providers = [PortableObjectsInfo],
        ),
        "selected_cxxopts": attr.string_list(
            doc = "The compiler's arguments for selected files.",
        ),
        "selected_defines": attr.string_list(
            doc = "Defines for selected files.",
        ),
        "selected_deps": attr.label_list(
            doc = "What selected files include.",
            providers = [CcInfo],
        ),
        "shared": attr.bool(
            doc = "Whether shared libraries are of use to the target.",
        ),
        "shared_flags": attr.string_list(
            doc = "The linker's arguments for a shared library.",
        ),
        "system_libraries": attr.string_list(
            doc = "Libraries of the system, as the linker's arguments.",
        ),
        "version_script": attr.label(
            doc = "What a shared library exports.",
            allow_single_file = True,
            mandatory = True,
        ),
    },
    provides = [CcInfo, PortableRuntimeInfo],
)
