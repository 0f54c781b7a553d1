"""A graph or a function body being made, node by node, of what hypothesis draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from hypothesis import strategies as st

MAX_DEPTH = 4

HALF, FLOAT, DOUBLE = "DT_HALF", "DT_FLOAT", "DT_DOUBLE"
INT32, INT64, BOOL, STRING = "DT_INT32", "DT_INT64", "DT_BOOL", "DT_STRING"
COMPLEX = "DT_COMPLEX64"
RESOURCE, VARIANT = "DT_RESOURCE", "DT_VARIANT"

REALS = (FLOAT, HALF, DOUBLE)
INTEGERS = (INT32, INT64)
NUMBERS = (*REALS, *INTEGERS)
CONTINUOUS = (*REALS, COMPLEX)
EVERY_NUMBER = (*NUMBERS, COMPLEX)
DATA = (*EVERY_NUMBER, BOOL, STRING)

# Mostly float, as in models.
_DTYPES = (FLOAT, FLOAT, FLOAT, FLOAT, HALF, DOUBLE, INT32, INT32, INT64, COMPLEX, BOOL, STRING)
SHAPES = ((), (2,), (2, 2), (2, 2), (1, 4, 4, 2))

T = TypeVar("T")


@dataclass(frozen=True)
class Shape:
    """An attr of type shape."""

    sizes: tuple[int, ...]


@dataclass(frozen=True)
class Call:
    """An attr of type func."""

    name: str
    attrs: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Tensor:
    """An output of a node. ``holds``: of a handle, the kind of resource, and the dtype and shape of what is in it."""

    ref: str
    dtype: str
    shape: tuple[int, ...]
    holds: tuple[str, str, tuple[int, ...]] | None = None

    @property
    def kind(self) -> tuple[object, ...]:
        """What a function's argument must agree in."""
        return self.dtype, self.shape, self.holds


@dataclass
class Library:
    """The function library. ``signatures``: of each function, what it takes and gives."""

    graph: Any
    signatures: dict[str, tuple[tuple[Tensor, ...], tuple[Tensor, ...]]] = field(default_factory=dict)
    _named: int = 0

    def fresh(self, word: str) -> str:
        """A name that no function has."""
        self._named += 1
        return f"{word}_{self._named}"


class Body:
    """A main graph or function body being made; every ``draw`` of it shrinks to less."""

    def __init__(self, draw: st.DrawFn, library: Library, depth: int, function: str = "") -> None:
        self.draw = draw
        self.library = library
        self.depth = depth
        self.function = function
        self.nodes: list[Any] = []
        self.tensors: list[Tensor] = []
        self.effects: list[str] = []
        # Nodes that always run, once: not those of a loop or of a branch.
        self.anchors: list[str] = []
        self.enclosed = False

    # Choosing

    def choose(self, options: Sequence[T]) -> T:
        return options[self.number(len(options) - 1)]

    def number(self, largest: int) -> int:
        """From 0, which it shrinks to."""
        return self.draw(st.integers(0, largest)) if largest > 0 else 0

    def maybe(self, one_in: int = 2) -> bool:
        """False when shrunk."""
        return self.number(one_in - 1) == one_in - 1

    def some(self, dtypes: Sequence[str] = DATA, shape: tuple[int, ...] | None = None) -> Tensor:
        """A tensor of one of the dtypes; a new leaf where there is none, or now and then."""
        found = [one for one in self.tensors if one.dtype in dtypes and shape in (None, one.shape)]
        if found and not self.maybe(6):
            # The last ones first, for chains rather than bushes.
            return found[-1 - self.number(min(len(found) - 1, 5))]
        allowed = [dtype for dtype in _DTYPES if dtype in dtypes]
        return self.leaf(self.choose(allowed), self.choose(SHAPES) if shape is None else shape)

    # Making nodes

    def add(
        self,
        op: str,
        inputs: Sequence[Tensor | str],
        outputs: Sequence[tuple[str, tuple[int, ...]]],
        /,
        *,
        label: str = "",
        **attrs: Any,
    ) -> list[Tensor]:
        """A node; ``outputs`` has a dtype and a shape of each. ``label``: the start of its name, instead of the op."""
        node_name = f"{label or op}_{len(self.nodes)}"
        refs = [one if isinstance(one, str) else one.ref for one in inputs]
        if self.anchors and not self.enclosed and self.maybe(12):
            refs.append(f"^{self.choose(self.anchors)}")
        from tensorflow.core.framework import node_def_pb2

        node = node_def_pb2.NodeDef(name=node_name, op=op, input=refs)
        for name, value in attrs.items():
            _set_attr(node.attr[name], value)
        self.nodes.append(node)
        if not self.enclosed:
            self.anchors.append(node.name)
        made = [Tensor(self._ref(node, index), dtype, tuple(shape)) for index, (dtype, shape) in enumerate(outputs)]
        self.tensors += made
        return made

    def one(self, op: str, inputs: Sequence[Tensor | str], dtype: str, shape: Sequence[int], /, **attrs: Any) -> Tensor:
        (made,) = self.add(op, inputs, [(dtype, tuple(shape))], **attrs)
        return made

    def _ref(self, node: Any, index: int) -> str:
        if not self.function:
            return f"{node.name}:{index}" if index else node.name
        for name, count in output_args(node, self.library):
            if index < count:
                return f"{node.name}:{name}:{index}"
            index -= count
        raise AssertionError(f"{node.op} has fewer outputs")

    def node(self, node_name: str) -> Any:
        (node,) = (one for one in self.nodes if one.name == node_name)
        return node

    # Leaves

    def const(self, dtype: str, values: Any, *controls: str) -> Tensor:
        import numpy as np
        from tensorflow.core.framework import types_pb2
        from tensorflow.python.framework import tensor_util

        number = types_pb2.DataType.Value(dtype)
        proto = tensor_util.make_tensor_proto(values, dtype=number, shape=np.shape(values))
        return self.one("Const", controls, dtype, np.shape(values), dtype=dtype, value=proto)

    def leaf(self, dtype: str, shape: tuple[int, ...]) -> Tensor:
        """A constant, a placeholder or a variable."""
        import numpy as np

        kind = self.number(3)
        if kind == 1 and not self.function:
            return self.one("Placeholder", [], dtype, shape, dtype=dtype, shape=Shape(shape))
        if kind == 2 and dtype in EVERY_NUMBER:
            return read(self, variable(self, dtype, shape))
        if dtype == STRING:
            return self.const(dtype, np.full(shape, "Ab", object))
        if dtype == BOOL:
            return self.const(dtype, np.full(shape, self.maybe()))
        return self.const(dtype, np.full(shape, self.choose((2, 1, 0, 3)), float if dtype in REALS else int))

    def integers(self, *values: int) -> Tensor:
        return self.const(INT32, list(values) if values else no_numbers())

    def scalar(self, dtype: str) -> Tensor:
        return self.some((dtype,), ())

    def pick(self, most: int, dtypes: Sequence[str]) -> list[Tensor]:
        """Up to that many tensors, each once, to go through a call, a loop or a switch."""
        chosen = {tensor.ref: tensor for tensor in (self.some(dtypes) for _ in range(1 + self.number(most - 1)))}
        return list(chosen.values())


def no_numbers() -> Any:
    import numpy as np

    return np.zeros([0], np.int32)


def _set_attr(attr: Any, value: Any) -> None:
    from tensorflow.core.framework import tensor_pb2, types_pb2

    if isinstance(value, Call):
        attr.func.name = value.name
        for name, one in value.attrs:
            _set_attr(attr.func.attr[name], one)
    elif isinstance(value, Shape):
        attr.shape.SetInParent()
        for size in value.sizes:
            attr.shape.dim.add(size=size)
    elif isinstance(value, tensor_pb2.TensorProto):
        attr.tensor.CopyFrom(value)
    elif isinstance(value, str):
        attr.type = types_pb2.DataType.Value(value)
    elif isinstance(value, bytes):
        attr.s = value
    elif isinstance(value, bool):
        attr.b = value
    elif isinstance(value, int):
        attr.i = value
    elif isinstance(value, float):
        attr.f = value
    else:
        attr.list.SetInParent()
        for element in value:
            if isinstance(element, str):
                attr.list.type.append(types_pb2.DataType.Value(element))
            elif isinstance(element, int):
                attr.list.i.append(element)
            elif isinstance(element, Shape):
                _set_attr(holder := type(attr)(), element)
                attr.list.shape.add().CopyFrom(holder.shape)
            else:
                _set_attr(holder := type(attr)(), element)
                attr.list.func.add().CopyFrom(holder.func)


def output_args(node: Any, library: Library) -> list[tuple[str, int]]:
    """The output arguments of a node's op and how many tensors each has."""
    from tensorflow.python.framework import op_def_registry

    definition = op_def_registry.get(node.op)
    if definition is None:
        (definition,) = (one.signature for one in library.graph.library.function if one.signature.name == node.op)
    counts = []
    for arg in definition.output_arg:
        count = 1
        if arg.number_attr:
            count = node.attr[arg.number_attr].i
        elif arg.type_list_attr:
            count = len(node.attr[arg.type_list_attr].list.type)
        counts.append((arg.name, count))
    return counts


def hold(body: Body, made: Tensor, holds: tuple[str, str, tuple[int, ...]], ready: str = "") -> Tensor:
    """The handle with what it holds; ``ready`` is the control edge that says it holds it."""
    if ready:
        made = body.one("Identity", [made, ready], made.dtype, (), T=made.dtype)
    handle = replace(made, holds=holds)
    body.tensors = [one for one in body.tensors if one.holds is not None or one.dtype not in (RESOURCE, VARIANT)]
    body.tensors.append(handle)
    return handle


def variable(body: Body, dtype: str, shape: tuple[int, ...]) -> Tensor:
    import numpy as np

    found = [one for one in body.tensors if one.holds == ("variable", dtype, shape)]
    if found:
        return body.choose(found)
    name = f"variable_{body.function}_{len(body.nodes)}".encode()
    made = body.one("VarHandleOp", [], RESOURCE, (), dtype=dtype, shape=Shape(shape), shared_name=name)
    value = body.const(dtype, np.ones(shape))
    body.add("AssignVariableOp", [made, value], [], dtype=dtype)
    assign = body.nodes[-1].name
    body.effects.append(assign)
    return hold(body, made, ("variable", dtype, shape), f"^{assign}")


def read(body: Body, handle: Tensor) -> Tensor:
    assert handle.holds is not None
    return body.one("ReadVariableOp", [handle], handle.holds[1], handle.holds[2], dtype=handle.holds[1])


# Something that a graph or a body gets more of.
Step = Callable[[Body], None]
