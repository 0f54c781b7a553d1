"""Kernel markers as registrations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .constants import Constants
from .dtypes import dtype_of
from .lexer import Call, Token, call_arguments, call_chain, literal, spelled
from .markers import Place, Places, occurrences
from .shadow import KERNEL_MARKER


@dataclass
class KernelRegistration:
    """A kernel registration as the compiler sees it.

    ``op`` and ``device`` are None where the expression's value could not be found; ``unread`` says for each part that
    could not be read how it is written.
    """

    file: str
    line: int
    inner_file: str
    inner_line: int
    class_text: str
    system: bool
    op_expression: str
    op: str | None = None
    device: str | None = None
    constraints: dict[str, tuple[str, ...]] = field(default_factory=dict)
    label: str = ""
    priority: int = 0
    host_memory: tuple[str, ...] = ()
    unread: dict[str, str] = field(default_factory=dict)
    string_constraints: dict[str, tuple[str, ...]] = field(default_factory=dict)
    other_constraints: tuple[str, ...] = ()
    macro: str = "REGISTER_KERNEL_BUILDER"


def kernel_registrations(text: str, file: str, places: Places, constants: Constants) -> Iterator[KernelRegistration]:
    """Every kernel marker of one translation unit."""
    for offset in occurrences(text, KERNEL_MARKER):
        arguments, _ = call_arguments(text, offset)
        system, class_text = spelled(arguments[0]), literal(arguments[1])
        assert system in ("true", "false"), system
        assert class_text is not None, spelled(arguments[1])
        builder = text[arguments[2][0].start : arguments[-1][-1].end]
        place = places[offset]
        yield _read(builder, file, place, class_text, system == "true", constants)


def _read(
    builder: str, file: str, place: Place, class_text: str, system: bool, constants: Constants
) -> KernelRegistration:
    calls, end = call_chain(builder)
    registration = KernelRegistration(
        file, place.line, place.inner_file, place.inner_line, class_text, system, op_expression=""
    )
    if builder[end:].strip():
        registration.unread["builder"] = builder
    for call in calls:
        _apply(call, registration, constants)
    return registration


def _apply(call: Call, registration: KernelRegistration, constants: Constants) -> None:
    first: list[Token] = call.arguments[0] if call.arguments else []
    written = ", ".join(spelled(argument) for argument in call.arguments)
    if call.name == "Name":
        registration.op_expression = spelled(first)
        registration.op = constants.string(first)
        if registration.op is None:
            registration.unread["op"] = written
    elif call.name == "Device":
        registration.device = constants.string(first)
        if registration.device is None:
            registration.unread["device"] = written
    elif call.name == "TypeConstraint" or (call.name == "AttrConstraint" and "DT_" in written):
        attr = constants.string(first)
        dtypes = _dtypes(call, constants)
        if attr is None or dtypes is None:
            registration.unread[f"constraint {attr}"] = f"<{spelled(call.template)}>({written})"
        else:
            # A KernelDef may hold several constraints on one attr; all of them must allow the dtype.
            earlier = registration.constraints.get(attr)
            registration.constraints[attr] = dtypes if earlier is None else tuple(d for d in earlier if d in dtypes)
    elif call.name == "AttrConstraint":
        attr, value = constants.string(first), constants.string(call.arguments[1]) if len(call.arguments) > 1 else None
        if attr is not None and value is not None:
            registration.string_constraints[attr] = (value,)
        else:
            registration.other_constraints += (written,)
    elif call.name == "HostMemory":
        registration.host_memory += (constants.string(first) or f"?{written}",)
    elif call.name == "Label":
        registration.label = constants.string(first) or (f"?{written}" if literal(first) is None else "")
    elif call.name == "Priority":
        if re.fullmatch(r"\d+", written):
            registration.priority = int(written)
        else:
            registration.unread["priority"] = written
    else:
        registration.unread[call.name] = written


def _dtypes(call: Call, constants: Constants) -> tuple[str, ...] | None:
    if call.template:
        single = dtype_of(spelled(call.template))
        return (single,) if single else None
    if len(call.arguments) < 2:
        return None
    return dtype_list([token for argument in call.arguments[1:] for token in argument], constants)


def dtype_list(expression: list[Token], constants: Constants) -> tuple[str, ...] | None:
    """``DT_A``, ``{DT_A, DataTypeToEnum<T>::v()}``, or the name of an array of them."""
    if len(expression) == 1 and expression[0].kind == "name" and not expression[0].text.startswith(("DT_", "TF_")):
        return constants.dtypes(expression[0].text)
    if expression and expression[0].text == "{":
        expression = expression[1:-1]
    found = [_one_dtype(spelled(element)) for element in _elements(expression)]
    return tuple(dtype for dtype in found if dtype) if all(found) else None


def _elements(expression: list[Token]) -> Iterator[list[Token]]:
    element: list[Token] = []
    for token in expression:
        if token.text == "," and spelled(element).count("(") == spelled(element).count(")"):
            yield element
            element = []
        else:
            element.append(token)
    if element:
        yield element


def _one_dtype(written: str) -> str | None:
    if name := re.fullmatch(r"(?:::)?(?:tensorflow::)?(?:DataType::)?(?:DT|TF)_(\w+)", written):
        return f"DT_{name[1]}"
    enum = re.fullmatch(
        r"(?:static_cast<[\w:]+>\()?(?:::)?(?:tensorflow::)?DataTypeToEnum<(.+)>::(?:v\(\)|value)\)?", written
    )
    return dtype_of(enum[1]) if enum else None
