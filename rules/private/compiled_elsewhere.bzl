"""What libraries compile themselves, so that a selection may take it."""

load(":paths.bzl", "staged_name")

CompiledInfo = provider(
    doc = "The sources of a target and of its deps.",
    fields = {"sources": "depset of Files"},
)

def _compiled_impl(_target, ctx):
    rule = ctx.rule
    return [CompiledInfo(sources = depset(
        getattr(rule.files, "srcs", []),
        transitive = [
            dep[CompiledInfo].sources
            for dep in getattr(rule.attr, "deps", [])
            if CompiledInfo in dep
        ],
    ))]

compiled_sources = aspect(
    implementation = _compiled_impl,
    attr_aspects = ["deps"],
)

def compiled_name(file):
    """The name of a source in an index, for map_each; None of what is not compiled."""
    return staged_name(file) if file.extension in ["c++", "cc", "cpp", "cxx"] else None
