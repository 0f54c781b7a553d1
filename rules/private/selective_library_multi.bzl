"""selective_multi_library: one library for several platforms."""

load(":selective_library_transition.bzl", "for_platforms")

# Output groups of selective_library, and the folders of each platform that they go to.
_GROUPS = {
    "run_model": "",
    "shared": "",
    "static": "",
    "stripped": "stripped/",
}

def _placed(ctx, folder, files, known):
    """Links to outputs of one platform, in a folder named after that."""
    for file in files:
        if file not in known:
            known[file] = ctx.actions.declare_file("{}/{}/{}".format(ctx.label.name, folder, file.basename))
            ctx.actions.symlink(output = known[file], target_file = file)
    return [known[file] for file in files]

def _selective_multi_library_impl(ctx):
    groups = {group: [] for group in _GROUPS}
    files = []
    for name, library in ctx.split_attr.library.items():
        known = {}
        own = _placed(ctx, name, library[DefaultInfo].files.to_list(), known)
        for group, folder in _GROUPS.items():
            found = getattr(library[OutputGroupInfo], group, None)
            placed = _placed(ctx, (name + "/" + folder).rstrip("/"), found.to_list() if found else [], known)
            groups[group] += placed
            groups["{}/{}".format(name, group)] = placed
        groups[name] = own
        files += own
    return [
        DefaultInfo(files = depset(files)),
        OutputGroupInfo(**{name: depset(found) for name, found in groups.items()}),
    ]

selective_multi_library = rule(
    implementation = _selective_multi_library_impl,
    doc = """The outputs of one selective_library for several platforms, each in a folder with the platform's name.

```starlark
selective_multi_library(
    name = "release",
    crosstool_top = "@tf//toolchains:suite",
    library = ":tensorflow",
    platforms = [
        "android-arm64",
        "linux-aarch64",
        "linux-armv7",
    ],
)
```

Output groups are those of selective_library but `sources`, of all platforms together; one for each platform; and those
of each platform, so that a test can name what it is about:

```starlark
filegroup(
    name = "shipped-for-android",
    srcs = [":release"],
    output_group = "android-arm64/stripped",
)
```
""",
    attrs = {
        "crosstool_top": attr.string(
            doc = "A cc_toolchain_suite with compilers for these, such as `//toolchains:suite` of a " +
                  "portable_tensorflow_repository, where tool chains are not chosen by platform; the default is the NDK's and Apple's. " +
                  "With MODULE.bazel it is not used: register the tool chains.",
        ),
        "library": attr.label(
            doc = "The selective_library, or any target.",
            cfg = for_platforms,
            mandatory = True,
        ),
        "platforms": attr.string_list(
            allow_empty = False,
            doc = "`host`, or targets by the names that `opsieve build --target` has; `raspberry-pi-64` and `raspberry-pi-32` are `linux-aarch64` and `linux-armv7`.",
            mandatory = True,
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)
