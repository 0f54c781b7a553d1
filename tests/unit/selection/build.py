"""Short ways to write models and indexes in tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from opsieve.models.usage import Function, FunctionRef, Model, Node, OpRequest, TypeParameter, TypeValue, Value
from opsieve.tree.index import Attr, Index, Kernel, OpDefinition

FLOAT, INT32, INT64, STRING = "DT_FLOAT", "DT_INT32", "DT_INT64", "DT_STRING"


def node(
    op: str,
    name: str = "n",
    *,
    device: str = "",
    label: str = "",
    calls: Mapping[str, FunctionRef | tuple[FunctionRef, ...]] | None = None,
    values: Mapping[str, Value] | None = None,
    **types: TypeValue,
) -> Node:
    functions = {
        attr: (refs,) if isinstance(refs, FunctionRef) else tuple(refs) for attr, refs in (calls or {}).items()
    }
    return Node(name, op, device, (), dict(types), functions, label, dict(values or {}))


def ref(name: str, **types: TypeValue) -> FunctionRef:
    return FunctionRef(name, dict(types))


def function(name: str, parameters: Iterable[str | TypeParameter], *nodes: Node) -> Function:
    full = tuple(TypeParameter(one, False) if isinstance(one, str) else one for one in parameters)
    return Function(name, full, nodes)


def model(
    *nodes: Node,
    functions: Iterable[Function] = (),
    gradients: Mapping[str, str] | None = None,
    requests: Iterable[OpRequest] = (),
    path: str = "m.pb",
    sha256: str = "0",
) -> Model:
    return Model(
        path,
        "graphdef",
        sha256,
        nodes,
        {one.name: one for one in functions},
        dict(gradients or {}),
        requests=tuple(requests),
    )


def op(name: str, *attrs: str | Attr, file: str = "", system: bool = False) -> OpDefinition:
    """``attrs``: names of type attrs without a default, or whole attrs."""
    full = tuple(Attr(one, "type") if isinstance(one, str) else one for one in attrs)
    return OpDefinition(name, full, file or f"ops/{name.lower()}.cc", 1, system=system)


def kernel(
    op_name: str,
    class_text: str | None = None,
    *,
    device: str = "CPU",
    label: str = "",
    priority: int = 0,
    file: str = "",
    line: int = 1,
    system: bool = False,
    **constraints: str | tuple[str, ...],
) -> Kernel:
    limits = {name: (one,) if isinstance(one, str) else one for name, one in constraints.items()}
    text = class_text or f"{op_name}Op<{','.join(one for limit in limits.values() for one in limit)}>"
    where = file or f"kernels/{op_name.lower()}.cc"
    return Kernel(op_name, text, device, limits, where, line, label, priority, system=system)


def index(*entries: OpDefinition | Kernel, preset: str = "mobile", defines: Mapping[str, str] | None = None) -> Index:
    kernels: dict[str, tuple[Kernel, ...]] = {}
    for one in entries:
        if isinstance(one, Kernel):
            kernels[one.op] = (*kernels.get(one.op, ()), one)
    ops = {one.name: one for one in entries if isinstance(one, OpDefinition)}
    return Index("2.14.0", preset, dict(defines or {}), ops, kernels)
