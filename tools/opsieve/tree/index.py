"""The kernel index of a source tree: plain results, and the JSON they travel as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# What a kernel may ask of an attr that is not of type: a string, a number or a truth value.
Value = str | int | bool

# An attr's default in an op definition: a dtype name or tuple of them for type attrs; for the others the text
# TensorFlow's attr language has, undecoded.
Default = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attr:
    """An attr of an op definition.

    ``type`` is TensorFlow's word for it: ``type``, ``list(type)``, ``int``, ``func``... ``allowed`` has the dtypes of
    ``{float, int32}``, empty where every dtype is allowed.
    """

    name: str
    type: str
    allowed: tuple[str, ...] = ()
    default: Default | None = None


@dataclass(frozen=True, slots=True)
class OpDefinition:
    """A REGISTER_OP: attrs, and where it stands. ``file`` is the .cc to compile, relative to the tree.

    ``inputs`` and ``outputs`` as written there: ``"x: T"``, ``"values: N * T"``.
    """

    name: str
    attrs: tuple[Attr, ...]
    file: str
    line: int
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    system: bool = False


@dataclass(frozen=True, slots=True)
class Kernel:
    """One kernel registration.

    ``class_text`` is the macro argument after full expansion, which is what SHOULD_REGISTER_OP_KERNEL is asked for.
    ``device`` is TensorFlow's name ("CPU", "DEFAULT", "GPU"). ``constraints`` maps an attr to the dtypes this kernel
    takes, in the order of the registration; ``value_constraints`` an attr of another kind to its allowed values
    (``data_format``: ``NHWC``). ``file`` is the .cc to compile, relative to the tree, and ``line`` where in it the
    registration starts.
    """

    op: str
    class_text: str
    device: str
    constraints: dict[str, tuple[str, ...]]
    file: str
    line: int
    label: str = ""
    priority: int = 0
    host_memory: tuple[str, ...] = ()
    system: bool = False
    value_constraints: dict[str, tuple[Value, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A registration that was seen but could not be read, and why."""

    text: str
    file: str
    line: int
    why: str


@dataclass(frozen=True, slots=True, order=True)
class Helper:
    """A .cc that another one needs to link, beyond the portable runtime: it need not register anything itself.

    ``path`` is relative to the tree. ``reason`` says for people what in the tree asks for it.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Totals:
    """How much an index has: kernels by device, and the files that hold kernels and op definitions."""

    kernels: dict[str, int] = field(default_factory=dict)
    kernel_files: int = 0
    op_files: int = 0


@dataclass(slots=True)
class Index:
    """The kernels and op definitions of one source tree under one set of defines, by op name."""

    version: str
    preset: str
    defines: dict[str, str]
    ops: Mapping[str, OpDefinition] = field(default_factory=dict)
    kernels: Mapping[str, tuple[Kernel, ...]] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    # For every file that registers, what else has to be compiled for it to link; None where the tree does not tell.
    helpers: Mapping[str, tuple[Helper, ...]] | None = None
    # Differs where any file that was read for it does; "" where that is not known.
    state: str = ""
    totals: Totals = field(default_factory=Totals)
