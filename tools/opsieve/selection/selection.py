"""The selection: what was chosen, why, and what could not be; plain data and its JSON (schema 1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from opsieve.tree.index import Attr, Value


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """Why an op or a kernel is in the selection.

    ``model`` is the path as given, ``function`` the function body ("" for the main graph), ``node`` the node's name.
    ``rule`` says how it came in when not by a plain match ("every kernel that could match: $T is not bound").
    ``types``, of kernels only: the type attrs it was looked up with.
    """

    model: str
    function: str = ""
    node: str = ""
    rule: str = ""
    types: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class SelectedOp:
    """An op whose definition must be registered. ``file`` and ``line``: where REGISTER_OP stands.

    ``attrs``: those that a kernel is looked up by, and those that name functions.
    """

    name: str
    reasons: tuple[Reason, ...]
    file: str = ""
    line: int = 0
    attrs: tuple[Attr, ...] = ()


@dataclass(frozen=True, slots=True)
class SelectedKernel:
    """A kernel that must be registered, as the index has it."""

    op: str
    class_text: str
    device: str
    constraints: dict[str, tuple[str, ...]]
    file: str
    line: int
    reasons: tuple[Reason, ...] = ()
    label: str = ""
    priority: int = 0
    value_constraints: dict[str, tuple[Value, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """A file to compile. ``kind``: "kernel", "op", or "helper" for what the others need to link.

    ``reasons``: the ops it is there for. ``why``, of a helper: what in the source tree asks for it.
    """

    path: str
    kind: str
    reasons: tuple[str, ...]
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A need that no kernel or op definition of the index meets.

    ``why`` names the nearest kernels that exist. ``types``: the node's type attrs. ``allowed``: the user allowed this
    op by name, so it does not fail the command.
    """

    op: str
    types: dict[str, tuple[str, ...]]
    reasons: tuple[Reason, ...]
    why: str
    allowed: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """How a model reaches a function: from the node ``node`` of the function ``caller`` ("" for the main graph)."""

    model: str
    function: str
    caller: str
    node: str


@dataclass(frozen=True, slots=True)
class ModelDigest:
    """A model that went into the selection."""

    path: str
    sha256: str
    format: str


@dataclass(frozen=True, slots=True)
class Selection:
    """What to register and to compile for some models. Every tuple is sorted; equal inputs give equal bytes.

    ``runtime``: the passes of the runtime and whether they are on. ``calls``: one way to every function.
    """

    version: str
    source: str
    defines: dict[str, str]
    models: tuple[ModelDigest, ...]
    ops: tuple[SelectedOp, ...]
    kernels: tuple[SelectedKernel, ...]
    sources: tuple[Source, ...]
    unresolved: tuple[Unresolved, ...] = ()
    runtime: dict[str, bool] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
