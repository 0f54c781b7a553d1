"""A third-party package that is at hand: where its headers and sources are, and how to compile and link it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """One package. ``origin`` says where it comes from, for people: "PyPI grpcio-1.56.0.tar.gz", "given: ~/eigen".

    ``includes`` and ``sources`` are relative to ``root``. ``defines`` and ``flags`` are for compiling its own sources,
    ``public_defines`` for everything that includes it. ``libraries`` are linker arguments, for a package of the system
    that is linked rather than compiled (``-lz``). ``tools`` are programs of the *host* (``protoc``).
    ``private_includes`` are searched for its own sources only, before ``includes``. ``needs`` are the packages whose
    ``includes`` its own sources need too; they are among those provided. ``licence`` is an SPDX expression.
    """

    name: str
    version: str
    origin: str
    root: Path
    includes: tuple[str, ...] = (".",)
    sources: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    public_defines: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    tools: Mapping[str, Path] = field(default_factory=dict)
    private_includes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    licence: str = ""
