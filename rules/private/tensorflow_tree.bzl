"""tensorflow_tree: a TensorFlow source tree as files, for kernel_index to read."""

load(":repository_trees.bzl", "folder_at", "is_tree")

# What makes a folder a package, or a repository, if it keeps its name.
_BAZEL_FILES = ["BUILD", "BUILD.bazel", "MODULE.bazel", "REPO.bazel", "WORKSPACE", "WORKSPACE.bazel"]

# What opsieve reads: code, what includes it, and what BUILD files say of it.
_NAMES = _BAZEL_FILES + [
    ".bazelrc",
    "*.BUILD",
    "*.bzl",
    "*.c",
    "*.c++",
    "*.cc",
    "*.cpp",
    "*.cxx",
    "*.def",
    "*.h",
    "*.hpp",
    "*.inc",
    "*.proto",
    "*.tpl",
]

_BUILD = """filegroup(
    name = "tree",
    srcs = glob(["**"], exclude = ["BUILD", "WORKSPACE"]),
    visibility = ["//visibility:public"],
)
"""

def _above(path):
    """The top of the tree that a file is in; the root of the file system where it is in none."""
    folder = path.dirname
    for _ in range(len(str(path).split("/"))):
        if is_tree(folder) or not folder.dirname:
            break
        folder = folder.dirname
    return folder

def _root(repository):
    if bool(repository.attr.path) == bool(repository.attr.file):
        fail("tensorflow_tree(name = \"{}\"): give either path or file".format(repository.name))
    if repository.attr.file:
        return _above(repository.path(repository.attr.file))
    return folder_at(repository, repository.attr.path)

def _find():
    """The command that lists what opsieve reads."""
    names = []
    for name in _NAMES:
        names += ["-o", "-name", name]

    # Headers of Eigen's have names without a dot.
    names += ["-o", "!", "-name", "*.*"]
    skip_git = ["-name", ".git", "-prune"]
    return ["find", "-L", "."] + skip_git + ["-o", "-type", "f", "("] + names[1:] + [")", "-print"]

def _tensorflow_tree_impl(repository):
    root = _root(repository)
    if not is_tree(root):
        fail("tensorflow_tree(name = \"{}\"): {} is not a TensorFlow source tree, because it has no tensorflow/core; give the top folder of a checkout".format(
            repository.name,
            repository.attr.file or root,
        ))
    listed = repository.execute(_find(), working_directory = str(root))
    if listed.return_code:
        fail("{}: its files cannot be listed: {}".format(root, listed.stderr))
    for line in sorted(listed.stdout.splitlines()):
        path = line[len("./"):]
        name = path.split("/")[-1]
        repository.symlink("{}/{}".format(root, path), path + ".in_tree" if name in _BAZEL_FILES else path)
    repository.file("BUILD", _BUILD)

TENSORFLOW_TREE_ATTRS = {
    "file": attr.label(
        doc = "A file of the tree, such as @org_tensorflow//tensorflow:BUILD, instead of path.",
        allow_single_file = True,
    ),
    "path": attr.string(
        doc = "The top folder of a checkout, absolute or from the top of the workspace.",
    ),
}

tensorflow_tree = repository_rule(
    implementation = _tensorflow_tree_impl,
    doc = """The files of a TensorFlow source tree that opsieve reads, as one filegroup, `:tree`; nothing is copied.

For `kernel_index(tensorflow = ["@name//:tree"])`. A filegroup of TensorFlow's own has no files of other packages, and
what helpers a kernel needs is read from all BUILD files. Files that are edited are seen; for files that come or go,
run `bazel sync --configure`, or, with a MODULE.bazel, `bazel fetch --force --repo=@name` (Bazel 7.1 and later).
""",
    attrs = TENSORFLOW_TREE_ATTRS,
    configure = True,
    local = True,
)
