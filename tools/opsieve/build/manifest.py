"""The portable runtime of one source tree: everything that is compiled whatever the models, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RuntimeSource:
    """A .cc or .c file of the tree. ``path`` is relative to the tree; ``reasons`` are the labels it comes from.

    ``registers``: it holds registrations, so that its object depends on the selection although the file always belongs.
    """

    path: str
    reasons: tuple[str, ...]
    registers: bool = False


@dataclass(frozen=True, slots=True)
class GeneratedFile:
    """A file that TensorFlow's build makes and that is not in the tree, or a header that stands before one of the tree.

    ``path`` is where an #include looks for it (``tensorflow/core/util/version_info.cc``). ``content`` is what opsieve
    writes there. ``compiled``: it is a source rather than a header.
    """

    path: str
    content: str
    compiled: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """A third-party package (a name of third_party.yaml: ``eigen``, ``abseil``, ``protobuf``) and what asks for it.

    ``reasons``: files of the tree that include it, those of the selected kernels first; at most a few.
    """

    name: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the portable runtime of a tree is made of, for one configuration of its BUILD files.

    ``sources`` and ``includes`` are relative to the tree. A proto is compiled with protoc from its root:
    ``proto_roots`` are the folders that protoc searches (``.``, ``third_party/xla/third_party/tsl``), and ``protos``
    are relative to the first of them that has it, which is how they import each other. ``includes`` are the folders
    that the compiler searches, ``.`` for the tree itself. ``defines`` are for every file, as ``NAME`` or
    ``NAME=VALUE``; ``flags`` other compiler flags for all.
    ``interface``: the headers that an app includes to run a model. ``extra_packages``: for each of the selected files
    that needs packages which the runtime itself does without, these.
    """

    version: str
    configuration: str
    sources: tuple[RuntimeSource, ...]
    protos: tuple[str, ...]
    proto_roots: tuple[str, ...]
    generated: tuple[GeneratedFile, ...]
    includes: tuple[str, ...]
    defines: tuple[str, ...]
    third_party: tuple[Need, ...]
    flags: tuple[str, ...] = ()
    interface: tuple[str, ...] = ()
    extra_packages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = field(default=())


def manifest_of(row: Mapping[str, Any]) -> Manifest:
    """The manifest that ``dataclasses.asdict`` made such a row of, which may have been JSON meanwhile.

    Raises:
        LookupError, TypeError, ValueError: this is no such row.
    """
    rows: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    rows["sources"] = tuple(RuntimeSource(**_tupled(each)) for each in row["sources"])
    rows["generated"] = tuple(GeneratedFile(**_tupled(each)) for each in row["generated"])
    rows["third_party"] = tuple(Need(**_tupled(each)) for each in row["third_party"])
    rows["extra_packages"] = {path: tuple(names) for path, names in row["extra_packages"].items()}
    return Manifest(**rows)


def _tupled(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "reasons": tuple(row["reasons"])}
