"""Compiling with exactly the flags that opsieve's makefiles have, whatever the mode of the build."""

load("@rules_cc//cc:find_cc_toolchain.bzl", "find_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")

# Headers are included as TensorFlow's own build allows it, and are no modules.
_UNSUPPORTED = ["header_modules", "layering_check", "module_maps", "parse_headers"]

def cc_toolchain_of(ctx):
    """The tool chain of a rule with use_cc_toolchain() and CC_TOOLCHAIN_ATTRS.

    Args:
      ctx: the rule's context.

    Returns:
      struct(cc_toolchain, features): CcToolchainInfo, FeatureConfiguration.
    """
    cc_toolchain = find_cc_toolchain(ctx)
    return struct(
        cc_toolchain = cc_toolchain,
        features = cc_common.configure_features(
            ctx = ctx,
            cc_toolchain = cc_toolchain,
            requested_features = ctx.features,
            unsupported_features = ctx.disabled_features + _UNSUPPORTED,
        ),
    )

def folder_of(label, folder):
    """A folder of a label's repository, from the execution root.

    Args:
      label: Label.
      folder: string, from the top of the repository.

    Returns:
      A string.
    """
    return "/".join([part for part in [label.workspace_root, folder] if part]) or "."

def compile_sources(ctx, tools, name, srcs, flags, defines, contexts, includes = [], prefixes = []):
    """Compile sources of one language.

    Args:
      ctx: the rule's context.
      tools: struct, of cc_toolchain_of.
      name: string, different for each call of a rule.
      srcs: list of Files; each a source, or a folder of sources.
      flags: list of strings, for the compiler.
      defines: list of strings, NAME or NAME=VALUE.
      contexts: list of CompilationContexts.
      includes: list of strings, folders to search before those of the contexts.
      prefixes: list of strings, folders that file names in the program do not tell.

    Returns:
      A list of Files.
    """
    if not srcs:
        return []
    _, outputs = cc_common.compile(
        actions = ctx.actions,
        name = name,
        cc_toolchain = tools.cc_toolchain,
        feature_configuration = tools.features,
        srcs = srcs,
        includes = includes,
        local_defines = defines,
        user_compile_flags = flags + ["-ffile-prefix-map={}/=".format(prefix) for prefix in prefixes],
        compilation_contexts = contexts,
    )
    return outputs.pic_objects or outputs.objects
