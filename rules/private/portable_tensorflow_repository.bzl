"""portable_tensorflow_repository: TensorFlow's portable runtime, from a plain checkout."""

load(":repository_trees.bzl", "folder_at", "is_tree")

# What opsieve's messages call them on the command line, and what they are here.
_ATTRIBUTES = {
    "--target": "targets = [...]",
    "--third-party": "third_party = {\"NAME\": \"DIR\"}",
    "opsieve deps fetch": "fetch = True",
}

def _tree(repository):
    """The source tree: a folder of this machine, or one that is downloaded."""
    if bool(repository.attr.path) == bool(repository.attr.urls):
        fail("portable_tensorflow_repository(name = \"{}\"): give either path, or urls and sha256".format(repository.name))
    if repository.attr.path:
        return folder_at(repository, repository.attr.path)
    if not repository.attr.sha256:
        fail("portable_tensorflow_repository(name = \"{}\"): urls need a sha256".format(repository.name))
    repository.download_and_extract(
        url = repository.attr.urls,
        output = "source",
        sha256 = repository.attr.sha256,
        stripPrefix = repository.attr.strip_prefix,
    )

    # TensorFlow's own packages are none of this repository.
    repository.file(".bazelignore", "source\n")
    tree = repository.path("source")
    if not is_tree(tree):
        _not_a_tree(repository, tree)
    return tree

def _not_a_tree(repository, folder):
    found = [child.basename for child in folder.readdir() if is_tree(child)]
    fail("portable_tensorflow_repository(name = \"{}\"): what was downloaded is no TensorFlow source tree, because {} has no tensorflow/core; {}".format(
        repository.name,
        repository.attr.strip_prefix or "its top folder",
        "add: strip_prefix = \"{}\"".format("/".join([part for part in [repository.attr.strip_prefix, found[0]] if part])) if found else "give urls of an archive of TensorFlow's sources",
    ))

def _python(repository):
    name = repository.attr.python_interpreter or repository.os.environ.get("OPSIEVE_PYTHON") or "python3"
    found = repository.path(name) if "/" in name else repository.which(name)
    if not found:
        fail("portable_tensorflow_repository(name = \"{}\"): there is no {}; name a Python with opsieve's dependencies as python_interpreter, or as OPSIEVE_PYTHON in the environment".format(repository.name, name))
    return found

def _run(repository, arguments):
    done = repository.execute(
        [_python(repository), "-m", "opsieve"] + arguments,
        environment = {
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(repository.path(repository.attr._opsieve).dirname.dirname),
        },
        timeout = repository.attr.timeout,
        quiet = True,
    )
    if done.return_code:
        said = done.stderr.strip() or done.stdout.strip()
        here = [_ATTRIBUTES[words] for words in sorted(_ATTRIBUTES) if words in said]
        if here:
            said += "\n  hint: in the rule: " + ", or ".join(here)
        fail("portable_tensorflow_repository(name = \"{}\"):\n{}".format(repository.name, said))

def _portable_tensorflow_repository_impl(repository):
    tree = _tree(repository)
    store = ["--store", str(folder_at(repository, repository.attr.store))] if repository.attr.store else []
    if repository.attr.fetch:
        given = ["--without=" + name for name in sorted(repository.attr.third_party)]
        _run(repository, ["deps", "fetch", "--tensorflow", str(tree)] + given + store)
    arguments = ["bazel-files", "--tensorflow", str(tree), "-o", ".", "--rules", str(repository.attr._opsieve_rules).rpartition(":")[0]] + store
    for target in repository.attr.targets:
        arguments += ["--target", target]
    for name, place in sorted(repository.attr.third_party.items()):
        arguments += ["--third-party", "{}={}".format(name, place if place == "system" else folder_at(repository, place))]
    for flag in repository.attr.linkopts:
        arguments.append("--link-flag=" + flag)
    _run(repository, arguments)

PORTABLE_TENSORFLOW_ATTRS = {
    "fetch": attr.bool(
        doc = "Fetch the packages that every library needs into the store, if they are neither there nor among third_party.",
    ),
    "linkopts": attr.string_list(
        doc = "The linker and what it leaves out, such as `-fuse-ld=lld`; the default is what opsieve build would use here.",
    ),
    "path": attr.string(
        doc = "The checkout, absolute or from the top of the workspace.",
    ),
    "python_interpreter": attr.string(
        doc = "The Python that runs opsieve, which has opsieve's dependencies; the default is $OPSIEVE_PYTHON, or python3.",
    ),
    "sha256": attr.string(
        doc = "The SHA-256 of that archive.",
    ),
    "store": attr.string(
        doc = "Where `opsieve deps fetch` put packages; the default is its own default, in the user's cache folder.",
    ),
    "strip_prefix": attr.string(
        doc = "The folder in the archive that has the tree.",
    ),
    "targets": attr.string_list(
        doc = "What libraries are made for: names as `opsieve build --target` has them; the default is this machine.",
    ),
    "third_party": attr.string_dict(
        doc = "Folders of third-party packages by name, as of `opsieve build --third-party`; `system` for the system's own.",
    ),
    "timeout": attr.int(
        default = 3600,
        doc = "How many seconds reading the tree may take.",
    ),
    "urls": attr.string_list(
        doc = "Where an archive of the source tree is, instead of path.",
    ),
}

portable_tensorflow_repository = repository_rule(
    implementation = _portable_tensorflow_repository_impl,
    doc = """TensorFlow's portable runtime, compiled by Bazel from a plain checkout, of which nothing is changed.

TensorFlow's WORKSPACE, rules and third-party repositories are not needed. The repository has BUILD files of the same
lists of sources, protos, flags and packages that `opsieve build` has, and links to the files. For a selective_library
there are `//:runtime`, and `//:index`, the kernels of the tree, which selective_ops takes.

The first time the tree is read, which takes a minute. Edited files are seen by every build. For files that come or go,
and for changes in BUILD files of the tree, run `bazel sync --only=NAME`, or, with a MODULE.bazel, `bazel fetch --force --repo=@NAME` (Bazel 7.1 and later).
""",
    attrs = dict(
        PORTABLE_TENSORFLOW_ATTRS,
        _opsieve = attr.label(
            default = Label("//:tools/opsieve/__main__.py"),
        ),
        _opsieve_rules = attr.label(
            default = Label("//rules:portable_packages.bzl"),
        ),
    ),
    configure = True,
    environ = ["OPSIEVE_CACHE_DIR", "OPSIEVE_PYTHON"],
)
