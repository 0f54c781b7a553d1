"""Kernels and ops registered through TensorFlow's C API (tensorflow/c/kernels.h, tensorflow/c/ops.h).

Those are function calls, not macros, so they stand as written in the preprocessed text. A builder inside a function
template counts once for each ``function<type>()`` call of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .constants import Constants
from .dtypes import dtype_of
from .kernels import KernelRegistration, dtype_list
from .lexer import Token, call_arguments, spelled, tokens
from .markers import Places, occurrences
from .ops import OpRegistration

_TEMPLATE = re.compile(r"template\s*<\s*(?:typename|class)\s+(\w+)\s*>\s*(?:static\s+)?void\s+(\w+)\s*\(")


def c_api_registrations(text: str, file: str, places: Places, constants: Constants) -> Iterator[KernelRegistration]:
    """The kernels that ``TF_NewKernelBuilder`` makes; their class is the name given to ``TF_RegisterKernelBuilder``."""
    for start in occurrences(text, "TF_NewKernelBuilder", "TF_NewAsyncKernelBuilder"):
        arguments = _call(text, start)
        if arguments is None:
            continue
        place = places[start]
        body_end = text.find("TF_RegisterKernelBuilder", start)
        registered = _call(text, body_end + len("TF_RegisterKernelBuilder")) if body_end > 0 else None
        class_name = constants.string(registered[0]) if registered else None
        for substitution in _instantiations(text, start):
            registration = KernelRegistration(
                file, place.line, place.inner_file, place.inner_line, class_name or "", False, spelled(arguments[0])
            )
            registration.macro = "TF_NewKernelBuilder"
            registration.op = constants.string(arguments[0])
            registration.device = constants.string(arguments[1])
            if registration.op is None or registration.device is None or class_name is None:
                registration.unread["C API"] = spelled(arguments[0])
            _read_builder(text, start, body_end, substitution, registration, constants)
            yield registration


def c_api_ops(text: str, file: str, places: Places, constants: Constants) -> Iterator[OpRegistration]:
    """The ops that ``TF_NewOpDefinitionBuilder`` makes."""
    for start in occurrences(text, "TF_NewOpDefinitionBuilder"):
        arguments = _call(text, start)
        if arguments is None:
            continue
        place = places[start]
        name = constants.string(arguments[0])
        op = OpRegistration(file, place.line, place.inner_file, place.inner_line, False, spelled(arguments[0]), name)
        end = text.find("TF_RegisterOpDefinition", start)
        parts: dict[str, list[str]] = {"Attr": [], "Input": [], "Output": []}
        for match in re.finditer(r"\bTF_OpDefinitionBuilderAdd(Attr|Input|Output)\b", text[start:end]):
            call = _call(text, start + match.end())
            value = constants.string(call[1]) if call and len(call) > 1 else None
            if value is None:
                op.unread[match[1]] = text[start + match.start() : start + match.end() + 60]
            else:
                parts[match[1]].append(value)
        op.attrs, op.inputs, op.outputs = (tuple(parts[kind]) for kind in ("Attr", "Input", "Output"))
        yield op


def _call(text: str, start: int) -> list[list[Token]] | None:
    """The arguments of a call; None for a declaration or a definition."""
    try:
        arguments, _ = call_arguments(text, start)
    except ValueError:
        return None
    if not arguments or any(token.text == "const" for token in arguments[0]):
        return None
    return arguments


def _instantiations(text: str, start: int) -> list[dict[str, str]]:
    """What the type parameter of the function template around ``start`` stands for, once a call; [{}] for none."""
    enclosing = None
    for match in _TEMPLATE.finditer(text, 0, start):
        if _depth(text, match.end() - 1, start) > 0:
            enclosing = match
    if enclosing is None:
        return [{}]
    calls = re.finditer(rf"\b{enclosing[2]}\s*<([^;(]*)>\s*\(\s*\)", text)
    return [{enclosing[1]: call[1]} for call in calls]


def _depth(text: str, start: int, end: int) -> int:
    depth = 0
    for token in tokens(text[:end], start):
        if token.text == "{":
            depth += 1
        elif token.text == "}":
            depth -= 1
            if not depth:
                return 0
    return depth


def _read_builder(
    text: str,
    start: int,
    end: int,
    substitution: dict[str, str],
    registration: KernelRegistration,
    constants: Constants,
) -> None:
    for match in re.finditer(r"\bTF_KernelBuilder_(\w+)", text[start:end]):
        call = _call(text, start + match.end())
        if call is None:
            continue
        if match[1] == "TypeConstraint":
            attr, dtypes = constants.string(call[1]), _dtypes(call[2], substitution, constants)
            if attr is None or dtypes is None:
                registration.unread[f"constraint {attr}"] = spelled(call[2])
            else:
                registration.constraints[attr] = dtypes
        elif match[1] == "HostMemory":
            registration.host_memory += (constants.string(call[1]) or "?",)
        elif match[1] == "Priority":
            registration.priority = int(spelled(call[1]))
        elif match[1] == "Label":
            registration.label = constants.string(call[1]) or "?"


def _dtypes(expression: list[Token], substitution: dict[str, str], constants: Constants) -> tuple[str, ...] | None:
    for parameter, cpp_type in substitution.items():
        if f"<{parameter}>" in spelled(expression):
            dtype = dtype_of(cpp_type)
            return (dtype,) if dtype else None
    return dtype_list(expression, constants)
