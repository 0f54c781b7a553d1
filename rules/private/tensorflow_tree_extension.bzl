"""tensorflow_trees: tensorflow_tree for a MODULE.bazel."""

load(":tensorflow_tree.bzl", "TENSORFLOW_TREE_ATTRS", "tensorflow_tree")

def _tensorflow_trees_impl(module_ctx):
    for module in module_ctx.modules:
        for tag in module.tags.tree:
            tensorflow_tree(
                name = tag.name,
                file = tag.file,
                path = tag.path,
            )

tensorflow_trees = module_extension(
    implementation = _tensorflow_trees_impl,
    doc = """The files of TensorFlow source trees that opsieve reads.

```starlark
tensorflow_trees = use_extension("@opsieve//rules:portable_extension.bzl", "tensorflow_trees")
tensorflow_trees.tree(name = "tensorflow_tree", path = "third_party/tensorflow")
use_repo(tensorflow_trees, "tensorflow_tree")
```
""",
    tag_classes = {
        "tree": tag_class(
            attrs = dict(
                TENSORFLOW_TREE_ATTRS,
                name = attr.string(
                    doc = "The repository's name.",
                    mandatory = True,
                ),
            ),
            doc = "One tensorflow_tree, which has the attributes explained.",
        ),
    },
)
