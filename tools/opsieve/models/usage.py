"""What a model uses: plain results of the readers, whatever the format they came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

# A type-valued attr: one dtype name ("DT_FLOAT", "DT_INT32_REF"), a tuple of them for list(type), or a
# placeholder ("$T") that a function's caller binds.
TypeValue = str | tuple[str, ...]


# The value of an attr of type string, int or bool, which a kernel may be limited to.
Value = str | int | bool


@dataclass(frozen=True, slots=True)
class FunctionRef:
    """A function-valued attr: the function called, and the type- and function-valued attrs bound in the call."""

    name: str
    types: dict[str, TypeValue]
    functions: dict[str, tuple[FunctionRef, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a graph or of a function body (NodeDef in tensorflow/core/framework/node_def.proto).

    ``inputs`` as written there: ``"a"``, ``"a:1"``, ``"^control"``, or ``"a:out:0"`` in a function body.
    ``label`` is the value of the attr ``_kernel``, by which a node asks for kernels with that label. An empty list in
    ``types`` may be of another kind than dtypes: a file does not say of what an empty list is one. ``values`` has the
    attrs that hold one string, integer or truth value; a float, a list or a tensor is not kept.
    """

    name: str
    op: str
    device: str
    inputs: tuple[str, ...]
    types: dict[str, TypeValue]
    functions: dict[str, tuple[FunctionRef, ...]]
    label: str = ""
    values: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TypeParameter:
    """A type-valued attr of a function's signature: ``type`` or ``list(type)``, with the dtypes it allows."""

    name: str
    is_list: bool
    allowed: tuple[str, ...] = ()
    default: TypeValue | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the function library: its body and the type attrs its callers bind."""

    name: str
    parameters: tuple[TypeParameter, ...]
    nodes: tuple[Node, ...]
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature of a SavedModel or MetaGraphDef: argument name → tensor name (``"node:0"``)."""

    name: str
    inputs: dict[str, str]
    outputs: dict[str, str]
    method: str = ""


@dataclass(frozen=True, slots=True)
class Saver:
    """How a MetaGraphDef is saved and restored (SaverDef in tensorflow/core/protobuf/saver.proto).

    ``filename`` is the tensor that is fed with a path, ``save`` the tensor to fetch, ``restore`` the op to run; ""
    where there is none.
    """

    filename: str
    save: str
    restore: str


@dataclass(frozen=True, slots=True)
class OpRequest:
    """A line of a list of ops: an op by name, without a node.

    ``types`` limits an attr to some dtypes; an attr that is absent may have any. ``kernel_class`` names one kernel
    class text instead.
    """

    op: str
    types: dict[str, tuple[str, ...]] = field(default_factory=dict)
    kernel_class: str | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that one model needs.

    ``path`` is as the user gave it; ``sha256`` is over the bytes of the file the graph was read from;
    ``format`` is one of FORMATS. ``gradients`` maps a function to its gradient function. ``producer`` is the
    GraphDef version of the writer, ``tensorflow_version`` the release that wrote it, where the file says.
    ``initializers`` are the ops that loading runs. ``placed`` and ``cut`` say what is not run of the main
    graph: nodes that are loaded all the same, and the ops of those that are not (see reach.py).
    """

    path: str
    format: str
    sha256: str
    nodes: tuple[Node, ...] = ()
    functions: dict[str, Function] = field(default_factory=dict)
    gradients: dict[str, str] = field(default_factory=dict)
    signatures: dict[str, Signature] = field(default_factory=dict)
    requests: tuple[OpRequest, ...] = ()
    tags: tuple[str, ...] = ()
    producer: int | None = None
    tensorflow_version: str | None = None
    saver: Saver | None = None
    initializers: tuple[str, ...] = ()
    placed: tuple[Node, ...] = ()
    cut: tuple[str, ...] = ()

    def bodies(self) -> Iterator[tuple[str | None, tuple[Node, ...]]]:
        """The main graph (named None), then every function body by name."""
        yield None, self.nodes
        for name in sorted(self.functions):
            yield name, self.functions[name].nodes


FORMATS = (
    "graphdef",
    "graphdef-text",
    "savedmodel",
    "savedmodel-text",
    "metagraph",
    "tfjs",
    "ops-list",
    "ops-yaml",
)
