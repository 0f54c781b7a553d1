"""A tool chain of one compiler, which adds nothing of its own: selective_library says all flags."""

load("@rules_cc//cc:cc_toolchain_config_lib.bzl", "feature", "flag_group", "flag_set", "tool_path", "variable_with_value")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/toolchains:cc_toolchain_config_info.bzl", "CcToolchainConfigInfo")

# ACTION_NAMES of rules_cc.
_COMPILE = [
    "assemble",
    "c++-compile",
    "c++-header-parsing",
    "c++-module-codegen",
    "c++-module-compile",
    "c-compile",
    "linkstamp-compile",
    "preprocess-assemble",
]

# Programs tell no time of the day.
_REPRODUCIBLE = [
    "-Wno-builtin-macro-redefined",
    "-D__DATE__=\"redacted\"",
    "-D__TIMESTAMP__=\"redacted\"",
    "-D__TIME__=\"redacted\"",
]

_TOOLS = ["cpp", "dwp", "gcc", "gcov", "ld", "nm", "objcopy", "objdump"]

def _listed(type, flags, iterate_over = None):
    return flag_group(
        expand_if_equal = variable_with_value(name = "libraries_to_link.type", value = type),
        flags = flags,
        iterate_over = iterate_over,
    )

# Apple's libtool has other options than ar.
_LIBTOOL = feature(
    name = "archiver_flags",
    flag_sets = [flag_set(
        actions = ["c++-link-static-library"],
        flag_groups = [
            flag_group(
                expand_if_available = "output_execpath",
                flags = ["-static", "-o", "%{output_execpath}"],
            ),
            flag_group(
                expand_if_available = "libraries_to_link",
                flag_groups = [
                    _listed("object_file", ["%{libraries_to_link.name}"]),
                    _listed("object_file_group", ["%{libraries_to_link.object_files}"], "libraries_to_link.object_files"),
                ],
                iterate_over = "libraries_to_link",
            ),
        ],
    )],
)

def _portable_tensorflow_toolchain_config_impl(ctx):
    flags = (["-fno-canonical-system-headers"] if ctx.attr.gcc else []) + _REPRODUCIBLE
    features = [
        feature(
            name = "unfiltered_compile_flags",
            enabled = True,
            flag_sets = [flag_set(actions = _COMPILE, flag_groups = [flag_group(flags = flags)])],
        ),
    ]
    if ctx.attr.macho:
        features.append(_LIBTOOL)
    else:
        features += [feature(name = name, enabled = True) for name in ("supports_dynamic_linker", "supports_pic")]
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        abi_libc_version = "local",
        abi_version = "local",
        compiler = ctx.attr.compiler,
        cxx_builtin_include_directories = ctx.attr.builtin_includes,
        features = features,
        host_system_name = "local",
        target_cpu = ctx.attr.cpu,
        target_libc = "macosx" if ctx.attr.macho else "local",
        target_system_name = ctx.attr.compiler,
        tool_paths = [tool_path(name = name, path = ctx.attr.tools + "/cc") for name in _TOOLS] +
                     [tool_path(name = name, path = "{}/{}".format(ctx.attr.tools, name)) for name in ("ar", "strip")],
        toolchain_identifier = ctx.attr.compiler,
    )

portable_tensorflow_toolchain_config = rule(
    implementation = _portable_tensorflow_toolchain_config_impl,
    doc = "How Bazel calls a compiler that opsieve found.",
    attrs = {
        "builtin_includes": attr.string_list(
            doc = "The folders that the compiler searches by itself, absolute.",
        ),
        "compiler": attr.string(
            doc = "A name for the compiler.",
            mandatory = True,
        ),
        "cpu": attr.string(
            doc = "The value of --cpu.",
            mandatory = True,
        ),
        "gcc": attr.bool(
            doc = "Whether it is GCC rather than clang.",
        ),
        "macho": attr.bool(
            doc = "Whether objects are Mach-O rather than ELF.",
        ),
        "tools": attr.string(
            doc = "The folder of the package that has cc, ar and strip.",
            mandatory = True,
        ),
    },
    provides = [CcToolchainConfigInfo],
)
