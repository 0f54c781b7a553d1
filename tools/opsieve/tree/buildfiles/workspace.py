"""Which repositories lie in a tree, and what ``//external:`` names mean: read from its WORKSPACE files."""

from __future__ import annotations

import re
from pathlib import Path

from opsieve.tree.buildfiles.labels import Repositories, inside
from opsieve.tree.buildfiles.limits import MAX_FILE_BYTES

# Of TensorFlow's own repository, in WORKSPACE of every release.
_OWN_NAMES = ("", "org_tensorflow")
# tf_vendored: third_party/repo.bzl. The declarations are literal, in functions of several files; they are read as text,
# since running the files would need every repository that they load from.
_CALL = re.compile(r"\b(local_repository|tf_vendored|bind|workspace)\(([^()]*)\)")
_ARGUMENT = re.compile(r"""\b(name|path|relpath|actual)\s*=\s*["']([^"'\n]*)["']""")
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)


def read_repositories(tree: Path) -> Repositories:
    """The repositories of the tree's WORKSPACE and tensorflow/workspace*.bzl that lie in the tree.

    Those are what ``local_repository`` and ``tf_vendored`` declare with a folder of the tree.
    """
    folders = dict.fromkeys(_OWN_NAMES, "")
    binds: dict[str, str] = {}
    for path in [*_files(tree, "WORKSPACE*"), *_files(tree, "tensorflow/workspace*.bzl")]:
        if not inside(tree, path) or path.stat().st_size > MAX_FILE_BYTES:
            continue
        text = _COMMENT.sub("", path.read_bytes().decode("utf-8", "replace"))
        for call in _CALL.finditer(text):
            given: dict[str, str] = dict(_ARGUMENT.findall(call[2]))
            folder = given.get("path") or given.get("relpath") or ""
            if call[1] == "bind":
                binds.setdefault(given.get("name", ""), given.get("actual", ""))
            elif call[1] == "workspace" and "/" not in str(path.relative_to(tree)):
                folders.setdefault(given.get("name", ""), "")
            elif folder and given.get("name") and _lies_in(tree, folder):
                folders.setdefault(given["name"], folder)
    own = tuple(sorted(name for name, folder in folders.items() if not folder))
    kept = {name: folder for name, folder in folders.items() if folder or not name}
    return Repositories(kept, own, {name: actual for name, actual in binds.items() if name and actual})


def _files(tree: Path, pattern: str) -> list[Path]:
    return sorted(path for path in tree.glob(pattern) if path.is_file())


def _lies_in(tree: Path, folder: str) -> bool:
    return ".." not in folder.split("/") and (tree / folder).is_dir() and inside(tree, tree / folder)
