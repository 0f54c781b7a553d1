"""Preprocessing one translation unit: directives, includes, and the calls that register something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from opsieve.errors import OpsieveError
from opsieve.tree.macros import Call, Macro
from opsieve.tree.parsed import Branches, Define, Include, ParsedFile, Text, Undef
from opsieve.tree.store import FileStore
from opsieve.tree.text import JOINT, RAW_STRING
from opsieve.tree.tokens import Token, tokens
from opsieve.tree.walk import Walk

# Calls that register, and whether the rest of the statement (a chain of .Attr(…)) belongs to them.
# REGISTER_*: core/framework/op_kernel.h and op.h; TF_*: c/kernels.h and c/ops.h.
MARKERS: dict[str, bool] = {
    "REGISTER_KERNEL_BUILDER": False,
    "REGISTER_SYSTEM_KERNEL_BUILDER": False,
    "REGISTER_OP": True,
    "REGISTER_SYSTEM_OP": True,
    "TF_NewKernelBuilder": False,
    "TF_KernelBuilder_TypeConstraint": False,
    "TF_KernelBuilder_HostMemory": False,
    "TF_KernelBuilder_Priority": False,
    "TF_KernelBuilder_Label": False,
    "TF_RegisterKernelBuilder": False,
    "TF_RegisterKernelBuilderWithKernelDef": False,
    "TF_NewOpDefinitionBuilder": False,
    "TF_OpDefinitionBuilderAddAttr": False,
    "TF_OpDefinitionBuilderAddInput": False,
    "TF_OpDefinitionBuilderAddOutput": False,
    "TF_RegisterOpDefinition": False,
}
MARKER_NAMES = frozenset(MARKERS)

_LITERAL = RAW_STRING + r'|(?:u8|u|U|L)?"(?:[^"\\]|\\.)*"|(?<![0-9a-fA-F])\'(?:[^\'\\\n]|\\.)+\''
_WORD_OR_LITERAL = re.compile(rf"{_LITERAL}|\b(?P<word>[^\W\d]\w*)")
_BRACKET_OR_LITERAL = re.compile(rf"{_LITERAL}|(?P<bracket>[()])")
_OPENS = re.compile(rf"[\s{JOINT}]*\(")


class FoundCall(NamedTuple):
    """A call of a marker, with the line of the .cc where its outermost macro stands."""

    marker: str
    arguments: tuple[tuple[Token, ...], ...]
    tail: tuple[Token, ...]
    line: int


class Unit(Walk):
    """One .cc under a set of defines. After :meth:`run`, ``calls`` and ``files`` (every file read) are filled."""

    def __init__(self, store: FileStore, file: ParsedFile, defines: dict[str, Macro]) -> None:
        super().__init__(store, dict(defines), file, MARKERS, self._report)
        self.file = file
        self.calls: list[FoundCall] = []
        self.files: dict[str, ParsedFile] = {file.path: file}
        self._line = 0
        self._include_line = 0
        self._current: tuple[ParsedFile, Text] | None = None
        self._position = 0

    def run(self) -> None:
        """Preprocess the whole unit.

        Raises:
            OpsieveError: macros or includes nest or grow beyond any real file's; names the file and line.
        """
        self._check(self.file)
        self._step(everything=False)
        while self._current is not None:
            self._scan()

    def active_texts(self) -> Iterator[str]:
        """The text of this file and of those it includes that the conditions leave, unexpanded."""
        while (found := self._next_text(everything=True)) is not None:
            file, item = found
            yield file.text[item.start : item.end]

    @staticmethod
    def _check(file: ParsedFile) -> None:
        if file.problem is not None:
            raise OpsieveError(file.problem)

    def _report(self, call: Call) -> None:
        self.calls.append(FoundCall(call.marker, call.arguments, call.tail, self._line))

    def _step(self, everything: bool) -> None:
        self._current = self._next_text(everything)
        if self._current is not None:
            self._position = self._current[1].start

    def _next_text(self, everything: bool) -> tuple[ParsedFile, Text] | None:
        """Obey directives up to the next active text; unless ``everything``, the next that might register."""
        stack, table, hot = self._stack, self._table, self.store.hot.names
        while stack:
            items, file = stack[-1]
            for item in items:
                kind = type(item)
                if kind is Define:
                    macro = item.macro  # type: ignore[union-attr]
                    table[macro.name] = macro
                elif kind is Text:
                    if everything or not item.words.isdisjoint(hot):  # type: ignore[union-attr]
                        return file, item  # type: ignore[return-value]
                elif kind is Include:
                    target = item.target if item.resolved else self._target(item, file)  # type: ignore
                    if target is None or target.guard in table:
                        continue
                    if self._enter(item, file, target):  # type: ignore[arg-type]
                        break
                elif kind is Branches:
                    block = self._branch(item)  # type: ignore[arg-type]
                    if block:
                        stack.append((iter(block), file))
                        break
                else:
                    assert isinstance(item, Undef)
                    table.pop(item.name, None)
            else:
                stack.pop()
        return None

    def _target(self, include: Include, file: ParsedFile) -> ParsedFile | None:
        named = self._named(include)
        return None if named is None else self.store.included(named, file)

    def _enter(self, include: Include, file: ParsedFile, target: ParsedFile) -> bool:
        if not self._push(include, file, target):
            return False
        if file is self.file:
            self._include_line = file.line(include.offset)
        self._check(target)
        self.files[target.path] = target
        return True

    def _scan(self) -> None:
        """Expand every call in the current text that might register, then step to the next text."""
        assert self._current is not None
        file, item = self._current
        text, table, hot = file.text, self._table, self.store.hot.names
        heats = [
            match.start() for match in _WORD_OR_LITERAL.finditer(text, self._position, item.end) if match["word"] in hot
        ]
        next_heat = 0
        while True:
            while next_heat < len(heats) and heats[next_heat] < self._position:
                next_heat += 1
            if next_heat == len(heats):
                break
            heat = heats[next_heat]
            started = self._position
            for match in _WORD_OR_LITERAL.finditer(text, self._position, item.end):
                word = match["word"]
                if word is None or not (word in table or word in MARKERS):
                    continue
                if match.start() < heat and not self._reaches(text, match.end(), item.end, heat):
                    continue
                if match.start() > heat:
                    # The hot word was no macro here (a variable, a macro since undefined).
                    self._position = match.start()
                    break
                self._expand(file, item, match.start())
                if self._current is not None and self._current[1] is item:
                    break
                return
            else:
                break
            if self._position == started:
                self._position = heat + 1
        self._step(everything=False)

    @staticmethod
    def _reaches(text: str, position: int, end: int, heat: int) -> bool:
        """Whether a call whose name ends at ``position`` has ``heat`` among its arguments."""
        opening = _OPENS.match(text, position, end)
        if opening is None:
            return False
        nesting = 0
        for match in _BRACKET_OR_LITERAL.finditer(text, opening.end() - 1, end):
            bracket = match["bracket"]
            if bracket == "(":
                nesting += 1
            elif bracket == ")":
                nesting -= 1
                if nesting == 0:
                    return match.start() > heat
        return True

    def _expand(self, file: ParsedFile, item: Text, start: int) -> None:
        self._line = file.line(start) if file is self.file else self._include_line
        self._expander.line = self._line
        self._expander.include_level = len({id(frame) for _, frame in self._stack}) - 1
        source = self._tokens(file, item, start)
        first = next(source)
        self._expander.run(source, first)

    def _tokens(self, file: ParsedFile, item: Text, start: int) -> Iterator[Token]:
        """Tokens from ``start`` on, over directives and file ends: a call's arguments may go on past them."""
        position = start
        while True:
            for token, end in tokens(file.text, position, item.end):
                self._position = end
                yield token
            self._step(everything=True)
            if self._current is None:
                return
            file, item = self._current
            position = item.start
