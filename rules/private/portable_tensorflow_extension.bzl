"""portable_tensorflow: portable_tensorflow_repository for a MODULE.bazel."""

load(":portable_tensorflow_repository.bzl", "PORTABLE_TENSORFLOW_ATTRS", "portable_tensorflow_repository")

def _portable_tensorflow_impl(module_ctx):
    for module in module_ctx.modules:
        for tag in module.tags.repository:
            portable_tensorflow_repository(
                name = tag.name,
                **{name: getattr(tag, name) for name in PORTABLE_TENSORFLOW_ATTRS}
            )

portable_tensorflow = module_extension(
    implementation = _portable_tensorflow_impl,
    doc = """Repositories of TensorFlow's portable runtime.

```starlark
portable_tensorflow = use_extension("@opsieve//rules:portable_extension.bzl", "portable_tensorflow")
portable_tensorflow.repository(name = "tf", path = "third_party/tensorflow")
use_repo(portable_tensorflow, "tf")
```
""",
    tag_classes = {
        "repository": tag_class(
            attrs = dict(
                PORTABLE_TENSORFLOW_ATTRS,
                name = attr.string(
                    doc = "The repository's name.",
                    mandatory = True,
                ),
            ),
            doc = "One portable_tensorflow_repository, which has the attributes explained.",
        ),
    },
)
