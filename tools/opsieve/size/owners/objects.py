"""What an object was compiled from, told by its name in a linker map or archive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from opsieve.size.attribution import KERNEL, OP, PACKAGE, PROGRAM, PROTOS, RUNTIME, TOOLCHAIN, Owner
from opsieve.size.owners.known import known

# How `opsieve build` names objects: what they depend on, the root of the source, the source, and its own digest.
_BUILT = re.compile(r"(?:^|/)(?P<group>\w+)-[0-9a-f]{16}/(?P<root>[\w.-]+)/(?P<path>.+)$")
_DIGEST = re.compile(r"\.[0-9a-f]{16}$")
_OBJECT = re.compile(r"(?:\.pic)?\.(?:o|obj|lo)$")
_MEMBER = re.compile(r"^(?P<archive>.*)\((?P<member>[^()]*)\)$")
_BAZEL = re.compile(r"(?:^|/)(?:bazel-out/[^/]+/)?bin/(?P<path>.*)$")
_BAZEL_FOLDER = re.compile(r"(?:^|/)_objs/[^/]+/")
_EXTERNAL = re.compile(r"(?:^|/)external/(?P<repository>[^/]+)/(?P<path>.*)$")
# Link-time optimisation puts code of many sources into these.
_OPTIMIZED = re.compile(r"\.ltrans\d*(?:\.ltrans)?\.o$|(?:^|/)lto\.(?:tmp|o)$|\.lto\.|ltotmp|\.thinlto\.o$")
_START_UP = "start-up files"
_SOURCE = re.compile(r"\.(?:cc|cpp|cxx|c\+\+|c|C|m|mm|S|s|asm|pb)$")
# The folders of TensorFlow's own sources.
_TREE = re.compile(
    r"(?:^|/)(?P<path>(?:tensorflow/(?:core|cc|c|compiler|contrib|lite|stream_executor|python)|(?:third_party/xla/(?:third_party/tsl/)?)?(?:tsl|xla))/.+)$"
)
_SYSTEM = re.compile(
    r"(?:^|/)(?:usr/lib|usr/local/lib|lib64|gcc-lib|sysroot|toolchains?)/|^/lib/|\.so(?:\.[\d.]+)?$|\.dylib$|\.tbd$"
)
_PROTO = re.compile(r"\.(?:pb|pb_text|proto)(?:\.cc|\.cpp|\.c)?$")
# Repositories of Bazel that are TensorFlow itself.
_TREE_REPOSITORIES = ("org_tensorflow", "tensorflow", "local_tsl", "local_xla", "tsl", "xla", "tf_runtime")


@dataclass(frozen=True, slots=True)
class Origin:
    """``source`` as the selection or its own tree names it, "" where it is not known.

    ``sure`` is false for the name of an archive's member that can be anybody's.
    """

    owner: Owner
    source: str
    sure: bool = True


class Objects:
    """Tells origins; ``selected`` maps the sources of a selection to their kind: kernel, op, helper."""

    def __init__(self, selected: dict[str, str]) -> None:
        self._selected = selected
        self._stems: dict[str, str] = {}
        names: dict[str, list[str]] = {}
        for path in selected:
            stem = _SOURCE.sub("", path)
            self._stems[stem] = path
            names.setdefault(stem.rpartition("/")[2], []).append(path)
        self._names = {name: paths[0] for name, paths in names.items() if len(paths) == 1}
        self.origin = lru_cache(maxsize=None)(self._origin)

    def _origin(self, name: str) -> Origin | None:
        """Where an object comes from; None when its name tells nothing, as after link-time optimisation."""
        text = name.replace("\\", "/")
        if _OPTIMIZED.search(text):
            return None
        archive = ""
        if member := _MEMBER.match(text):
            archive, text = member["archive"], member["member"]
            if not _is_long(text):
                folder = archive.rpartition("/")[0]
                text = f"{folder}/{text}" if folder else text
        path = _DIGEST.sub("", _OBJECT.sub("", text))
        if built := _BUILT.search(path):
            return self._built(built["group"], built["root"], _DIGEST.sub("", built["path"]))
        package = ""
        if found := _BAZEL.search(path):
            path = found["path"]
        if found := _EXTERNAL.search(path):
            package, path = found["repository"].rpartition("~")[2].rpartition("+")[2], found["path"]
        path = _BAZEL_FOLDER.sub("/", path).lstrip("/")
        if package and package not in _TREE_REPOSITORIES:
            return Origin(Owner(known().packages.get(package, package), PACKAGE), path)
        return self._selected_source(path) or self._of_tree(path) or self._foreign(archive, path)

    def _built(self, group: str, root: str, path: str) -> Origin:
        if group == "run_model" or root == "run_model":
            return Origin(Owner("run_model", PROGRAM), path)
        if root == "tensorflow":
            return self._selected_source(path) or self._tree_source(path)
        if root == "generated":
            if path.startswith("opsieve/"):
                return Origin(Owner("run_model", PROGRAM), path)
            return self._tree_source(path)
        return Origin(Owner(known().packages.get(root, root), PACKAGE), path)

    def _selected_source(self, path: str) -> Origin | None:
        """By the longest end of the path that is a selected source; by its name alone when only one has it."""
        stem = _SOURCE.sub("", path)
        parts = stem.split("/")
        for first in range(len(parts) - 1):
            source = self._stems.get("/".join(parts[first:]))
            if source is not None:
                return Origin(Owner(source, OP if self._selected[source] == "op" else KERNEL), source)
        if not _TREE.search(path):
            source = self._names.get(parts[-1])
            if source is not None and parts[-1] not in ("main", "init", "util", "utils"):
                return Origin(Owner(source, OP if self._selected[source] == "op" else KERNEL), source)
        return None

    def _of_tree(self, path: str) -> Origin | None:
        found = _TREE.search(path)
        return self._tree_source(found["path"]) if found else None

    def _tree_source(self, path: str) -> Origin:
        """A source of TensorFlow's that no model selected."""
        if _PROTO.search(path):
            return Origin(Owner(path, PROTOS), path)
        # With a selection, it is there whatever is selected.
        if not self._selected and path.startswith("tensorflow/core/kernels/"):
            return Origin(Owner(path, KERNEL), path)
        if not self._selected and path.startswith("tensorflow/core/ops/"):
            return Origin(Owner(path, OP), path)
        return Origin(Owner(path, RUNTIME), path)

    def _foreign(self, archive: str, path: str) -> Origin:
        """Neither TensorFlow's nor of a known build."""
        library = archive.rpartition("/")[2].removeprefix("lib").partition(".a")[0]
        name = path.rpartition("/")[2]
        for start, owner in known().toolchain:
            if (
                name.startswith(start)
                if owner.name == _START_UP
                else library == start or library.startswith(f"{start}.")
            ):
                return Origin(owner, "")
        package = "abseil" if library.startswith("absl_") else known().packages.get(library)
        if package is not None:
            return Origin(Owner(package, PACKAGE), name)
        if _SYSTEM.search(archive or path):
            return Origin(Owner(library, PACKAGE) if archive else Owner(name, TOOLCHAIN), "")
        if _PROTO.search(path):
            return Origin(Owner(name, PROTOS), name)
        # An archive keeps no more than its members' names.
        alone = bool(archive) or "/" not in path
        return Origin(Owner(library or name, PROGRAM), name if archive else path, sure=not alone)


def _is_long(member: str) -> bool:
    """Whether an archive's member has a path of its own."""
    return "/" in member
