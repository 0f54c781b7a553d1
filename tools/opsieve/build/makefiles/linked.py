"""What a generated makefile links, read back from the files that make itself reads."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from opsieve.build.makefiles.flags import GENERATED
from opsieve.errors import OpsieveError

_ROOT = re.compile(r"\broots/([^/\s']+)/")
# Of an object: the digest that its group's folder ends in, and that of the selection it was compiled with.
_OBJECT = re.compile(r"(?P<group>[^/]+)-[0-9a-f]{16}/(?P<root>[^/]+)/(?P<source>.+?)(?:\.[0-9a-f]{16})?\.o")
# A folder of a user's own, and a package of which there are several in the workspace (see planning.py, workspace.py).
_USERS_OWN = re.compile(r"sources-[0-9a-f]{8}")
_SEVERAL = re.compile(r"-[0-9a-f]{8}$")
_TREE = "tensorflow"


@dataclass(frozen=True, slots=True)
class Linked:
    """``workspace`` is where make runs and what the names of objects are relative to; ``output`` the makefile's folder.

    ``library``, ``program``: the objects. ``commands``: for the shared library and for run_model the words that link
    it, without where it goes and without what asks for a map.
    """

    workspace: Path
    output: Path
    library: tuple[str, ...]
    program: tuple[str, ...]
    commands: Mapping[str, tuple[str, ...]]

    def roots(self) -> dict[str, Path]:
        """The folders with sources that the makefile names, by the name that people know."""
        text = _read(self.output / "build" / "build.mk")
        names = sorted(set(_ROOT.findall(text)))
        return {_root_name(name): self.workspace / "roots" / name for name in names}


@dataclass(frozen=True, slots=True, order=True)
class CompiledSource:
    """What an object was made of. ``root``: ``tensorflow``, a package, or "" for what is generated or a user's own."""

    root: str
    path: str
    group: str

    @property
    def name(self) -> str:
        """For people: relative to the tree, or with the package before it."""
        return source_name(self.root, self.path)


def source_name(root: str, path: str) -> str:
    return path if root in ("", _TREE) else f"{root}/{path}"


def compiled_source(name: str) -> CompiledSource:
    """The source of an object, whose name is relative to the workspace."""
    match = _OBJECT.fullmatch(name)
    if match is None:
        return CompiledSource("", name, "")
    root = "" if match["root"] == GENERATED or _USERS_OWN.fullmatch(match["root"]) else match["root"]
    return CompiledSource(root, match["source"], match["group"])


def read_linked(makefile: Path) -> Linked:
    """What the makefile of :func:`write_makefiles` links.

    Raises:
        OpsieveError: a file beside it is missing, or is not one that opsieve wrote.
    """
    output = makefile.parent
    top, inner = _read(makefile), _read(output / "build" / "build.mk")
    (workspace,) = _words(top, "opsieve_workspace", makefile)
    (place,) = _words(inner, "output", makefile)
    link = _words(inner, "LINK", makefile)
    shared, program = _words(inner, "shared_flags"), _words(inner, "program_flags", makefile)
    lists = {name: f"{place}/build/{name}.rsp" for name in ("library", "program")}
    commands = {"run_model": (*link, f"@{lists['program']}", f"@{lists['library']}", *program)}
    if shared:
        soname = next((word for word in shared if word.startswith("-Wl,-soname,")), "")
        commands[soname.removeprefix("-Wl,-soname,")] = (*link, "-shared", f"@{lists['library']}", *shared)
    return Linked(
        workspace=output / workspace,
        output=output,
        library=_objects(output / "build" / "library.rsp"),
        program=_objects(output / "build" / "program.rsp"),
        commands={name: tuple(word for word in words if "@output@" not in word) for name, words in commands.items()},
    )


def _root_name(link: str) -> str:
    if _USERS_OWN.fullmatch(link):
        return ""
    return _SEVERAL.sub("", link)


def _objects(path: Path) -> tuple[str, ...]:
    return tuple(_read(path).splitlines())


def _words(text: str, variable: str, makefile: Path | None = None) -> tuple[str, ...]:
    """The words of a variable; where there is none an error that names the makefile, or without one no words."""
    match = re.search(rf"^{variable} := (.*)$", text, re.MULTILINE)
    if match is not None:
        # As codegen.quoting.make_word wrote it.
        value = re.sub(r"(\\+)#", lambda found: "\\" * (len(found[1]) // 2) + "#", match[1]).replace("$$", "$")
        try:
            return tuple(shlex.split(value))
        except ValueError:
            pass
    if makefile is None:
        return ()
    raise OpsieveError(f"{makefile}: {variable} is not there as opsieve writes it", hint="run opsieve build again")


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except OSError as error:
        raise OpsieveError(f"{path}: cannot be read: {error.strerror or error}") from error
