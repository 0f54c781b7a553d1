"""Which files of a source tree to read, and what tells that they changed."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.tree.limits import MAX_FILE_BYTES

# A kernel or op of the library itself is never registered from here: examples, tests, tools of other products.
_NOT_THE_LIBRARY = re.compile(
    r"(?:^|/)(?:examples?|testdata|test|tests|testing|kernel_tests|g3doc|java|go|js|toco|docs)(?:/|$)"
    r"|^tensorflow/(?:tools|lite|python|stream_executor)(?:/|$)"
    r"|^tensorflow/compiler/(?:xla|mlir/lite|mlir/tfr/examples)(?:/|$)"
)
_NOT_SOURCES = re.compile(r"_test\.cc$|_test_[^/]*\.cc$|_testlib\.cc$|_test_util[^/]*\.cc$")
# Exceptions: PyFunc and EagerPyFunc; AudioMicrofrontend; TfLiteSubgraphExecute.
_EXTRA_FOLDERS = (
    "tensorflow/python/lib/core",
    "tensorflow/lite/experimental/microfrontend",
    "tensorflow/lite/delegates/flex",
)

_REGISTERS = re.compile(rb"REGISTER|TF_NewKernelBuilder|TF_NewOpDefinitionBuilder")
_HEADER_SUFFIXES = (".h", ".hpp", ".inc", ".def")
_SOURCE_SUFFIXES = (".cc", ".cpp", ".cxx", ".c++")

_VERSION = {
    "major": re.compile(r"^\s*#\s*define\s+TF_MAJOR_VERSION\s+(\d+)", re.MULTILINE),
    "minor": re.compile(r"^\s*#\s*define\s+TF_MINOR_VERSION\s+(\d+)", re.MULTILINE),
    "patch": re.compile(r"^\s*#\s*define\s+TF_PATCH_VERSION\s+(\d+)", re.MULTILINE),
    "suffix": re.compile(r'^\s*#\s*define\s+TF_VERSION_SUFFIX\s+"([^"]*)"', re.MULTILINE),
}
_VERSION_HEADERS = ("tensorflow/core/public/release_version.h", "tensorflow/core/public/version.h")
_VERSION_SCRIPTS = ("tensorflow/tf_version.bzl", "tensorflow/tools/pip_package/setup.py")
# What tree_version() reads.
VERSION_FILES = _VERSION_HEADERS + _VERSION_SCRIPTS
_BAZEL_VERSION = re.compile(r"""^\s*(?:TF_VERSION|_VERSION)\s*=\s*["'](\d+\.\d+[^"']*)""", re.MULTILINE)


def check_tree(tree: Path) -> None:
    """Refuse what is not a TensorFlow source tree.

    Raises:
        OpsieveError: there is no such folder, or it has no tensorflow/core.
    """
    if not tree.exists():
        raise OpsieveError(f"{tree}: there is no such folder")
    if not tree.is_dir():
        raise OpsieveError(f"{tree}: is not a folder", hint="give the top folder of a TensorFlow checkout")
    if not (tree / "tensorflow" / "core").is_dir():
        hint = "give the top folder of a TensorFlow checkout, the one that has tensorflow/ in it"
        if (tree / "core" / "framework").is_dir() and tree.name == "tensorflow":
            hint = f"give {tree.parent} instead"
        raise OpsieveError(f"{tree}: is not a TensorFlow source tree (no tensorflow/core in it)", hint=hint)


def tree_version(tree: Path) -> str:
    """The release a tree says it is, such as ``2.14.0``, or ``unknown``.

    Read from core/public/version.h (1.x, 2.0 to 2.18), core/public/release_version.h (2.19 on), tf_version.bzl.
    """
    for name in _VERSION_HEADERS:
        text = _text(tree / name)
        found = {part: pattern.search(text) for part, pattern in _VERSION.items()}
        major, minor, patch = found["major"], found["minor"], found["patch"]
        if major and minor:
            suffix = found["suffix"]
            return f"{major[1]}.{minor[1]}.{patch[1] if patch else 0}{suffix[1] if suffix else ''}"
    for name in _VERSION_SCRIPTS:
        match = _BAZEL_VERSION.search(_text(tree / name))
        if match:
            return match[1]
    return "unknown"


def release(version: str) -> tuple[int, ...]:
    """The first numbers of a version, to compare by; a candidate (``2.14.0-rc1``) counts as its release."""
    return tuple(int(part) for part in re.findall(r"\d+", re.split(r"[-+a-z]", version, maxsplit=1)[0])[:2])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


@dataclass(slots=True)
class Listing:
    """The files of a tree that can matter.

    ``sources``: every .cc, by path. ``headers``: a digest of the names of all other C++ files, since one that appears
    may be found by an include that found another, or nothing, before. ``folders``: every folder listed.
    """

    sources: list[str]
    headers: str
    folders: list[str]


def list_sources(tree: Path, extra: tuple[Path, ...] = ()) -> Listing:
    """Every .cc of the tree's library, tests aside, and of the user's ``extra`` folders (absolute paths).

    Symbolic links to folders are not followed: a tree may link to itself.
    """
    sources: list[str] = []
    folders: list[str] = []
    headers: list[str] = []
    for start in ("tensorflow", *(folder for folder in _EXTRA_FOLDERS if (tree / folder).is_dir())):
        for folder, names, others in _walk(str(tree), start, everything=start in _EXTRA_FOLDERS):
            folders.append(folder)
            headers.extend(f"{folder}/{name}" for name in others)
            sources.extend(f"{folder}/{name}" for name in names if not _NOT_SOURCES.search(name))
    for own in extra:
        if not own.is_dir():
            raise OpsieveError(f"{own}: there is no such folder of sources")
        for folder, names, others in _walk("/", str(own.resolve())[1:], everything=True):
            folders.append(f"/{folder}")
            headers.extend(f"/{folder}/{name}" for name in others)
            sources.extend(f"/{folder}/{name}" for name in names)
    digest = hashlib.blake2b("\0".join(sorted(headers)).encode("utf-8", "surrogateescape"), digest_size=16)
    return Listing(sorted(set(sources)), digest.hexdigest(), folders)


def _walk(root: str, start: str, everything: bool) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each folder with its sources and its other C++ files."""
    pending = [start]
    while pending:
        folder = pending.pop()
        names = []
        others = []
        try:
            with os.scandir(f"{root}/{folder}") as entries:
                for entry in entries:
                    name = entry.name
                    if name.endswith(_SOURCE_SUFFIXES):
                        names.append(name)
                    elif name.endswith(_HEADER_SUFFIXES):
                        others.append(name)
                    elif name[0] != "." and entry.is_dir(follow_symlinks=False):
                        below = f"{folder}/{name}"
                        if everything or not _NOT_THE_LIBRARY.search(below):
                            pending.append(below)
        except OSError as error:
            raise OpsieveError(f"{root}/{folder}: cannot be listed: {error.strerror or error}") from error
        yield folder, names, others


def read_source(place: str) -> bytes:
    """A file of a tree; of one that is too large, one byte more than is allowed.

    Raises:
        OpsieveError: it cannot be read.
    """
    try:
        with open(place, "rb") as stream:
            return stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise OpsieveError(f"{place}: cannot be read: {error.strerror or error}") from error


def may_register(source: bytes) -> bool:
    """Whether a .cc can hold a registration at all; most of the tree's cannot."""
    return _REGISTERS.search(source) is not None
