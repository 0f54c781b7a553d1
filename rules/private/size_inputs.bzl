"""What size_report and size_budget_test read."""

load(":paths.bzl", "built_file")
load(":providers.bzl", "SelectiveOpsInfo")

SIZE_INPUTS = {
    "binary": attr.label(
        doc = "The library or program: ELF or Mach-O, or a static archive.",
        allow_files = True,
        mandatory = True,
    ),
    "debug_file": attr.label(
        doc = "The same binary with symbols, of a stripped one.",
        allow_single_file = True,
    ),
    "map": attr.label(
        doc = "The linker's map (`-Wl,-Map=FILE`): with it every object is known by its file.",
        allow_single_file = True,
    ),
    "ops": attr.label(
        doc = "The selective_ops that it was built from: with it the bytes of every op and model are known.",
        providers = [SelectiveOpsInfo],
    ),
}

def size_inputs(ctx, name_of):
    """The files that `opsieve size` reads, and its arguments.

    Args:
      ctx: of a rule with SIZE_INPUTS among its attributes.
      name_of: function from a File to the path that opsieve sees.

    Returns:
      A struct of binary (File), files (list of Files) and arguments (list of strings).
    """
    binary = built_file(ctx.attr.binary)
    files = [binary]
    arguments = [name_of(binary)]
    more = {"--debug-file": ctx.file.debug_file, "--map": ctx.file.map}
    if ctx.attr.ops:
        more["--selection"] = ctx.attr.ops[SelectiveOpsInfo].selection
    for flag in more:
        if more[flag]:
            files.append(more[flag])
            arguments += [flag, name_of(more[flag])]
    return struct(binary = binary, files = files, arguments = arguments)
