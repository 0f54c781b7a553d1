"""What TensorFlow writes to its log of the kernels that it makes and runs.

With TF_CPP_VMODULE=op_kernel=1,executor=1, CreateOpKernel (core/framework/op_kernel.cc) writes the NodeDef of every
kernel that is made, whichever executor, function or dataset it is made for, and ExecutorState::Process
(core/common_runtime/executor.cc) that of every node that is run, both by SummarizeNodeDef
(core/framework/node_def_util.cc). An executor makes the kernels of all its nodes before it runs any, and fails where
one is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SWITCHES = {"TF_CPP_MIN_LOG_LEVEL": "0", "TF_CPP_VMODULE": "op_kernel=1,executor=1"}

_MADE = re.compile(r"op_kernel\.cc:\d+\] Instantiating kernel for node: ")
_RUN = re.compile(r"executor\.cc:\d+\] Process node: \d+ step -?\d+ ")
_NODE = re.compile(r"(?:\{\{node (?P<name>[^}]*)\}\}|(?P<bare>\S+)) = (?P<op>[\w>]+)\[")
_TYPE = re.compile(r"DT_[A-Z0-9_]+")


@dataclass(frozen=True)
class Logged:
    """A node of the log: its type attrs, as a name and a dtype or a tuple of dtypes, and its kernel label.

    ``ran``: whether the line is of its being run, and not dead, rather than of its kernel being made.
    """

    name: str
    op: str
    types: tuple[tuple[str, str | tuple[str, ...]], ...]
    label: str
    device: str
    ran: bool


class Unreadable(Exception):  # noqa: N818 - says what happened
    """A line of the log that should be of a node, and cannot be read as one."""


def nodes(log: str) -> Iterator[Logged]:
    """The nodes in a log, each as often as it is there.

    Raises:
        Unreadable: a line announces a node, and is not as SummarizeNodeDef writes it.
    """
    seen: set[str] = set()
    for line in log.splitlines():
        # Without the time and the number of the step, so that a loop's body is read once.
        made, run = _MADE.search(line), _RUN.search(line)
        found = made or run
        if found is None or (key := f"{made is None} {line[found.end() :]}") in seen:
            continue
        seen.add(key)
        yield _node(line[found.end() :], run is not None)


def shortened(dtypes: tuple[str, ...]) -> tuple[str, ...]:
    """A list as SummarizeAttrValue (core/framework/attr_value_util.cc) writes it: of 30 or more, without its middle."""
    return dtypes if len(dtypes) < 30 else dtypes[:5] + dtypes[-5:]


def _node(text: str, processed: bool) -> Logged:
    found = _NODE.match(text)
    if found is None:
        raise Unreadable(text[:200])
    types: list[tuple[str, str | tuple[str, ...]]] = []
    label = device = ""
    for name, value in _attrs(text, found.end()):
        if _TYPE.fullmatch(value):
            types.append((name, value))
        elif re.match(r"\[DT_", value):
            types.append((name, tuple(_TYPE.findall(value))))
        elif name == "_kernel":
            label = value.strip('"')
        elif name == "_device":
            device = value.strip('"')
    name = found["name"] or found["bare"] or ""
    return Logged(name, found["op"], tuple(types), label, device, processed and " is dead device: " not in text)


def _attrs(text: str, start: int) -> Iterator[tuple[str, str]]:
    """The attrs between ``[`` and its ``]``. What a tensor of strings holds is not quoted: it may end the list early,
    but the attrs are in order of their names, and a Const's dtype comes before its value."""
    depth, quoted, begin = 0, False, start
    for i in range(start, len(text)):
        char = text[i]
        if quoted:
            quoted = char != '"' or _escaped(text, i)
        elif char == '"':
            quoted = True
        elif char in "[<{":
            depth += 1
        elif char in "]>}" and depth:
            depth -= 1
        elif depth == 0 and char in ",]":
            name, equals, value = text[begin:i].strip().partition("=")
            if equals:
                yield name, value
            begin = i + 1
            if char == "]":
                return


def _escaped(text: str, i: int) -> bool:
    backslashes = 0
    while text[i - 1 - backslashes] == "\\":
        backslashes += 1
    return backslashes % 2 == 1
