"""Variables, tables and lists for a random graph."""

from __future__ import annotations

from e2e.graph_body import (
    BOOL,
    EVERY_NUMBER,
    FLOAT,
    INT32,
    INT64,
    NUMBERS,
    RESOURCE,
    SHAPES,
    STRING,
    VARIANT,
    Body,
    Shape,
    Step,
    Tensor,
    hold,
    read,
    variable,
)


def held(body: Body, kind: str) -> Tensor | None:
    """A handle that is there already, or None to make one."""
    found = [one for one in body.tensors if one.holds is not None and one.holds[0] == kind]
    return body.choose(found) if found and not body.maybe(4) else None


def _state(body: Body) -> None:
    handle = held(body, "variable")
    if handle is None:
        handle = variable(body, body.choose(EVERY_NUMBER), body.choose(SHAPES))
    assert handle.holds is not None
    _, dtype, shape = handle.holds
    if body.maybe():
        read(body, handle)
        return
    value = body.some((dtype,), shape)
    op = body.choose(("AssignAddVariableOp", "AssignSubVariableOp", "AssignVariableOp"))
    body.add(op, [handle, value], [], dtype=dtype)
    body.effects.append(body.nodes[-1].name)


def _ref_variable(body: Body) -> None:
    if body.function:
        return
    value = body.some(EVERY_NUMBER)
    dtype = value.dtype
    name = f"ref_{len(body.nodes)}".encode()
    (variable,) = body.add(
        "VariableV2", [], [(dtype, value.shape)], dtype=dtype, shape=Shape(value.shape), shared_name=name
    )
    body.tensors.pop()
    assigned = body.one("Assign", [variable, value], dtype, value.shape, T=dtype)
    body.tensors.pop()
    if body.maybe():
        assigned = body.one(body.choose(("AssignAdd", "AssignSub")), [assigned, value], dtype, value.shape, T=dtype)
        body.tensors.pop()
    if body.maybe(3):
        assigned = body.one("RefIdentity", [assigned], dtype, value.shape, T=dtype)
        body.tensors.pop()
    body.one("Identity", [assigned], dtype, value.shape, T=dtype)


_TABLES = ((STRING, INT64), (INT64, STRING), (INT64, FLOAT), (INT32, INT32), (STRING, FLOAT))


def _table(body: Body) -> None:
    handle = held(body, "table")
    if handle is None:
        key, value = body.choose(_TABLES)
        handle = _new_table(body, key, value)
    assert handle.holds is not None
    key, _, value = handle.holds[1].partition(" ")
    types = {"Tin": key, "Tout": value}
    if body.maybe(3):
        body.one("LookupTableSizeV2", [handle], INT64, ())
    else:
        keys = body.some((key,))
        default = body.const(value, "none" if value == STRING else 0)
        body.one("LookupTableFindV2", [handle, keys, default], value, keys.shape, **types)


def _new_table(body: Body, key: str, value: str) -> Tensor:
    name = f"table_{body.function}_{len(body.nodes)}".encode()
    keys = body.const(key, ["a", "b"] if key == STRING else [0, 1])
    values = body.const(value, ["a", "b"] if value == STRING else [0, 1])
    fixed = body.maybe()
    op = "HashTableV2" if fixed else "MutableHashTableV2"
    table = body.one(op, [], RESOURCE, (), key_dtype=key, value_dtype=value, shared_name=name)
    if fixed:
        body.add("InitializeTableV2", [table, keys, values], [], Tkey=key, Tval=value)
    else:
        body.add("LookupTableInsertV2", [table, keys, values], [], Tin=key, Tout=value)
    return hold(body, table, ("table", f"{key} {value}", ()), f"^{body.nodes[-1].name}")


def _tensor_list(body: Body) -> None:
    listed = held(body, "list")
    if listed is None:
        stacked = body.some((*NUMBERS, BOOL, STRING), (2, 2))
        shape = body.integers(2)
        made = body.one(
            "TensorListFromTensor", [stacked, shape], VARIANT, (), element_dtype=stacked.dtype, shape_type=INT32
        )
        listed = hold(body, made, ("list", stacked.dtype, (2,)))
    assert listed.holds is not None
    _, dtype, shape_of = listed.holds
    kind = body.number(4)
    if kind == 0:
        body.one("TensorListStack", [listed, body.integers(2)], dtype, (2, 2), element_dtype=dtype, num_elements=2)
    elif kind == 1:
        inputs: list[Tensor | str] = [listed, body.const(INT32, 1), body.integers(2)]
        body.one("TensorListGetItem", inputs, dtype, shape_of, element_dtype=dtype)
    elif kind == 2:
        body.one("TensorListLength", [listed], INT32, ())
    elif kind == 3:
        value = body.some((dtype,), shape_of)
        inputs = [listed, body.const(INT32, 0), value]
        hold(body, body.one("TensorListSetItem", inputs, VARIANT, (), element_dtype=dtype), listed.holds)
    else:
        inputs = [body.integers(2), body.const(INT32, 2)]
        made = body.one("TensorListReserve", inputs, VARIANT, (), element_dtype=dtype, shape_type=INT32)
        hold(body, made, listed.holds)


STEPS: tuple[Step, ...] = (_state, _ref_variable, _table, _tensor_list)
