"""A library to build, as plain data: what to compile, with which flags, and what to link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Group:
    """Sources that are compiled alike.

    ``name``: ``core``, ``selected`` (what sees ops_to_register.h), ``protos``, ``generated``, or a third-party name.
    ``includes``: (root, folder) pairs in search order; ``("", folder)`` is one of the build itself (generated files).
    ``system_includes``: the same, searched with -isystem (no warnings). ``defines``: ``NAME`` or ``NAME=VALUE``.
    ``precompile``: headers worth precompiling for all of the group, as #include writes them; none for no such header.
    """

    name: str
    includes: tuple[tuple[str, str], ...] = ()
    system_includes: tuple[tuple[str, str], ...] = ()
    defines: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    precompile: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """One translation unit. ``root`` names an entry of ``Plan.roots``, "" the build's own generated files.

    ``source`` is relative to the root. ``header``: for what sees ops_to_register.h the key of ``Plan.headers`` whose
    content that file has for this unit, so that a unit is compiled again exactly when *its* registrations change.
    """

    source: str
    root: str
    group: str
    header: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a build needs to know.

    ``roots``: folders by name (``tensorflow``, ``abseil``); no absolute path of one reaches an object.
    ``headers``: contents of ops_to_register.h by digest. ``generated``: files written as they are, by the path an
    #include uses. ``protos`` and ``proto_roots`` ((root, folder) pairs): for one call of protoc; their .pb.cc files are
    units of group ``protos``, with root "" and the path of the proto. ``proto_imports``: where the protos of packages
    are that these import (``google/protobuf/any.proto``). ``libraries``: linker arguments for packages of
    the system. ``exported``: patterns of C++ or C names that a shared library exports, as a version script writes them.
    ``public_headers``: (root, path) of the headers that a user of the library includes. ``interface``: of the unit of
    group ``run_model`` that includes all that a user may; what it is compiled with becomes the library's headers too.
    """

    name: str
    version: str
    roots: Mapping[str, Path]
    groups: tuple[Group, ...]
    units: tuple[Unit, ...]
    headers: Mapping[str, str]
    generated: Mapping[str, str]
    protos: tuple[str, ...] = ()
    proto_roots: tuple[tuple[str, str], ...] = ()
    proto_imports: tuple[tuple[str, str], ...] = ()
    protoc: Path | None = None
    libraries: tuple[str, ...] = ()
    exported: tuple[str, ...] = ()
    public_headers: tuple[tuple[str, str], ...] = field(default=())
    interface: str = ""
