"""Op markers, and the chain of calls that follows each, as op definitions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .constants import Constants
from .lexer import call_arguments, call_chain, spelled
from .markers import Places, occurrences
from .shadow import OP_MARKER


@dataclass
class OpRegistration:
    """A REGISTER_OP as the compiler sees it: the strings given to Attr, Input and Output, unparsed."""

    file: str
    line: int
    inner_file: str
    inner_line: int
    system: bool
    name_expression: str
    name: str | None
    attrs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    unread: dict[str, str] = field(default_factory=dict)


def op_registrations(text: str, file: str, places: Places, constants: Constants) -> Iterator[OpRegistration]:
    """Every op marker of one translation unit."""
    for offset in occurrences(text, OP_MARKER):
        arguments, end = call_arguments(text, offset)
        place = places[offset]
        name = [token for argument in arguments[1:] for token in argument]
        op = OpRegistration(
            file,
            place.line,
            place.inner_file,
            place.inner_line,
            spelled(arguments[0]) == "true",
            spelled(name),
            constants.string(name),
        )
        _read_chain("_" + "()" + text[end : _statement_end(text, end)], op, constants)
        yield op


def _statement_end(text: str, start: int) -> int:
    from .lexer import CLOSE, OPEN, tokens

    depth = 0
    for token in tokens(text, start):
        if token.kind == "punct":
            depth += (token.text in OPEN) - (token.text in CLOSE)
            if depth < 0 or (token.text == ";" and not depth):
                return token.start
    return len(text)


def _read_chain(chain: str, op: OpRegistration, constants: Constants) -> None:
    calls, end = call_chain(chain)
    if chain[end:].strip():
        op.unread["chain"] = chain[end : end + 80]
    for call in calls:
        if call.name not in ("Attr", "Input", "Output"):
            continue
        value = constants.string(call.arguments[0]) if call.arguments else None
        if value is None:
            written = ", ".join(spelled(argument) for argument in call.arguments)
            op.unread[f"{call.name} {len(op.unread)}"] = written
        elif call.name == "Attr":
            op.attrs += (value,)
        elif call.name == "Input":
            op.inputs += (value,)
        else:
            op.outputs += (value,)
