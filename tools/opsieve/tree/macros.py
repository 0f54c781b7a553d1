"""Macro definitions and their expansion, as the C++ standard has it ([cpp.replace])."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from opsieve.errors import OpsieveError
from opsieve.tree.limits import MAX_DEPTH, MAX_TOKENS
from opsieve.tree.tokens import (
    NUMBER,
    PAINTED,
    PLACEMARKER,
    PUNCTUATION,
    STRING,
    WORD,
    Token,
    stringify,
    tokenize,
)


class Macro(NamedTuple):
    """One #define. ``parameters`` is None for an object-like macro; ``words`` are the identifiers of its body."""

    name: str
    parameters: tuple[str, ...] | None
    variadic: bool
    body: tuple[Token, ...]
    words: frozenset[str]
    pastes: bool


def parse_macro(definition: str) -> Macro | None:
    """A macro from the text after ``#define``; None where that is malformed (the compiler would stop there)."""
    parts = tokenize(definition)
    if not parts or parts[0].kind != WORD:
        return None
    name = parts[0].text
    position = 1
    parameters: tuple[str, ...] | None = None
    variadic = False
    if len(parts) > 1 and parts[1].text == "(" and not parts[1].space:
        names: list[str] = []
        position = 2
        while position < len(parts) and parts[position].text != ")":
            token = parts[position]
            if token.text == "...":
                variadic = True
                if not names or parts[position - 1].text == ",":
                    names.append("__VA_ARGS__")
            elif token.kind == WORD:
                names.append(token.text)
            elif token.text != ",":
                return None
            position += 1
        if position >= len(parts):
            return None
        position += 1
        parameters = tuple(names)
    body = tuple(parts[position:])
    if body and body[0].space:
        body = (body[0]._replace(space=False), *body[1:])
    words = frozenset(token.text for token in body if token.kind == WORD)
    return Macro(name, parameters, variadic, body, words, any(token.text == "##" for token in body))


class Call(NamedTuple):
    """A call of a marker: its arguments, fully expanded, and whatever of the statement follows up to ``;``."""

    marker: str
    arguments: tuple[tuple[Token, ...], ...]
    tail: tuple[Token, ...]


_EXIT = Token(0, "", False)  # on the stack below a macro's expansion: the macro may expand again past it


def macro_table(defines: Mapping[str, str]) -> dict[str, Macro]:
    """The macros that ``defines``, names with their values, are for the compiler.

    Raises:
        OpsieveError: one of them is no macro.
    """
    table: dict[str, Macro] = {}
    for name, value in defines.items():
        macro = parse_macro(f"{name} {value}")
        if macro is None:
            raise OpsieveError(f"cannot define {name} as {value!r}")
        table[name] = macro
    return table


class Expander:
    """Expands tokens under a table of macros and reports each call of a marker.

    ``markers`` maps a name to whether the rest of the statement belongs to it. A marker is never replaced: its
    arguments are expanded and handed to ``report``. ``finds_include`` answers __has_include. The table may change
    between runs, not during one.
    """

    def __init__(
        self,
        table: dict[str, Macro],
        markers: dict[str, bool],
        report: Callable[[Call], None],
        finds_include: Callable[[str], bool],
        where: str,
    ) -> None:
        self.table = table
        self.markers = markers
        self.report = report
        self.finds_include = finds_include
        self.where = where
        self.counter = 0
        self.line = 0
        self.include_level = 0
        self.produced = 0
        self.in_condition = False  # where `defined X` is an operator whose operand is not expanded

    def run(self, source: Iterator[Token], first: Token) -> None:
        """Expand from ``first`` on, reading on from ``source`` only as far as that expansion needs."""
        stream = _Stream(self, [first], source)
        while stream.next() is not None:
            pass

    def expand(
        self, parts: list[Token] | tuple[Token, ...], depth: int = 0, disabled: tuple[str, ...] = ()
    ) -> list[Token]:
        """The complete expansion of ``parts`` by themselves; ``disabled``: the macros being replaced around them."""
        table, markers = self.table, self.markers
        for token in parts:
            if token.kind == WORD and (
                token.text in table or token.text in markers or token.text[:2] == "__" or self.in_condition
            ):
                break
        else:
            return list(parts)
        if depth > MAX_DEPTH // 20:
            raise OpsieveError(f"{self.where}:{self.line}: macro calls nest too deeply to expand")
        stream = _Stream(self, list(reversed(parts)), None, depth, disabled)
        result = []
        while (expanded := stream.next()) is not None:
            result.append(expanded)
        return result

    def predefined(self, name: str) -> Token | None:
        """The value of a macro that every preprocessor has."""
        if name == "__COUNTER__":
            self.counter += 1
            return Token(NUMBER, str(self.counter - 1), False)
        if name == "__LINE__":
            return Token(NUMBER, str(self.line), False)
        if name == "__FILE__":
            return Token(STRING, f'"{self.where}"', False)
        if name == "__INCLUDE_LEVEL__":
            return Token(NUMBER, str(self.include_level), False)
        return None

    def expand_condition(self, parts: list[Token]) -> list[Token]:
        """The expansion of the condition of an #if: ``defined`` is answered, even where a macro brings it."""
        self.in_condition = True
        try:
            return self.expand(parts)
        finally:
            self.in_condition = False


class _Stream:
    """Tokens to expand: a stack (its end is the next token) over an optional source of more."""

    def __init__(
        self,
        owner: Expander,
        stack: list[Token],
        source: Iterator[Token] | None,
        depth: int = 0,
        around: tuple[str, ...] = (),
    ) -> None:
        self.owner = owner
        self.stack = stack
        self.source = source
        self.depth = depth
        self.around = around
        self.disabled: list[str] = []
        self.reads_on = False  # past the expansion itself, for the rest of a statement

    def _take(self, reads_on: bool) -> Token | None:
        stack = self.stack
        while stack:
            token = stack.pop()
            if token is not _EXIT:
                return token
            self.disabled.pop()
        if reads_on and self.source is not None:
            return next(self.source, None)
        return None

    def next(self) -> Token | None:
        """The next token that no macro replaces, or None at the end."""
        owner = self.owner
        table, markers = owner.table, owner.markers
        while True:
            token = self._take(self.reads_on)
            if token is None:
                return None
            owner.produced += 1
            if owner.produced > MAX_TOKENS:
                raise OpsieveError(f"{owner.where}:{owner.line}: macros expand to more than {MAX_TOKENS:,} tokens")
            if token.kind != WORD:
                return token
            name = token.text
            if name == "defined" and owner.in_condition:
                return self._defined(token)
            if name in markers:
                if self._marker(name):
                    continue
                return token
            macro = table.get(name)
            if macro is None:
                if name[:2] == "__" and (value := owner.predefined(name)) is not None:
                    return value._replace(space=token.space)
                return token
            if name in self.disabled or name in self.around:
                return Token(PAINTED, name, token.space)
            if macro.parameters is None:
                self._push(macro, _paste(list(macro.body), owner) if macro.pastes else macro.body, token.space)
                continue
            arguments = self._arguments()
            if arguments is None:
                return token
            self._push(macro, self._substitute(macro, arguments), token.space)

    def _defined(self, token: Token) -> Token:
        operand = self._take(self.reads_on)
        if operand is not None and operand.text == "(":
            operand = self._take(self.reads_on)
            self._take(self.reads_on)
        known = operand is not None and operand.text in self.owner.table
        return Token(NUMBER, "1" if known else "0", token.space)

    def _push(self, macro: Macro, replacement: list[Token] | tuple[Token, ...], space: bool) -> None:
        if len(self.disabled) > MAX_DEPTH:
            raise OpsieveError(f"{self.owner.where}:{self.owner.line}: macros nest too deeply to expand")
        stack = self.stack
        stack.append(_EXIT)
        self.disabled.append(macro.name)
        if replacement:
            stack.extend(reversed(replacement))
            if stack[-1].space != space:
                stack[-1] = stack[-1]._replace(space=space)

    def _marker(self, name: str) -> bool:
        arguments = self._arguments()
        if arguments is None:
            return False
        owner = self.owner
        expanded = tuple(
            tuple(owner.expand(part, self.depth + 1, (*self.around, *self.disabled))) for part in arguments
        )
        # The registration macros name their variables by __COUNTER__.
        owner.counter += 1
        tail: list[Token] = []
        if owner.markers[name]:
            nesting = 0
            self.reads_on = True
            while (token := self.next()) is not None:
                if token.kind == PUNCTUATION:
                    if token.text in "([{":
                        nesting += 1
                    elif token.text in ")]}":
                        nesting -= 1
                        if nesting < 0:
                            break
                    elif token.text == ";" and nesting == 0:
                        break
                tail.append(token)
            self.reads_on = False
        owner.report(Call(name, expanded, tuple(tail)))
        return True

    def _arguments(self) -> list[list[Token]] | None:
        """The arguments of a call whose name was just read; None, and nothing consumed, where no ``(`` follows."""
        # Exits are passed only once there is a call, so that a name that stays a name ends no expansion early.
        stack = self.stack
        below = len(stack)
        while below and stack[below - 1] is _EXIT:
            below -= 1
        if below:
            if stack[below - 1].text != "(":
                return None
            self._take(reads_on=False)
        else:
            if self.source is None:
                return None
            token = next(self.source, None)
            if token is None:
                return None
            if token.text != "(" or token.kind != PUNCTUATION:
                stack.insert(0, token)
                return None
            while stack:
                stack.pop()
                self.disabled.pop()
        arguments: list[list[Token]] = [[]]
        nesting = 0
        while True:
            token = self._take(reads_on=True)
            if token is None:
                raise OpsieveError(f"{self.owner.where}:{self.owner.line}: a macro call is not closed")
            if token.kind == PUNCTUATION:
                text = token.text
                if text == "(":
                    nesting += 1
                elif text == ")":
                    if nesting == 0:
                        return arguments
                    nesting -= 1
                elif text == "," and nesting == 0:
                    arguments.append([])
                    continue
            arguments[-1].append(token)

    def _substitute(self, macro: Macro, arguments: list[list[Token]]) -> list[Token]:
        parameters = macro.parameters or ()
        count = len(parameters)
        if macro.variadic and len(arguments) >= count:
            rest: list[Token] = list(arguments[count - 1])
            for extra in arguments[count:]:
                rest.append(Token(PUNCTUATION, ",", False))
                rest.extend(extra)
            arguments = [*arguments[: count - 1], rest]
        bound = dict(zip(parameters, arguments, strict=False))
        if macro.variadic and parameters[-1] not in bound:
            bound[parameters[-1]] = []
        if len(bound) < count or (len(arguments) > count and not (count == 0 and arguments == [[]])):
            place = f"{self.owner.where}:{self.owner.line}"
            raise OpsieveError(f"{place}: macro {macro.name} takes {count} arguments, not {len(arguments)}")
        expanded: dict[str, list[Token]] = {}
        result: list[Token] = []
        body = macro.body
        last = len(body) - 1
        position = 0
        while position <= last:
            token = body[position]
            if token.kind == PUNCTUATION and token.text == "#" and position < last and body[position + 1].text in bound:
                result.append(Token(STRING, stringify(bound[body[position + 1].text]), token.space))
                position += 2
                continue
            argument = bound.get(token.text) if token.kind == WORD else None
            if argument is None:
                result.append(token)
                position += 1
                continue
            beside = macro.pastes and (
                (position < last and body[position + 1].text == "##") or (position and body[position - 1].text == "##")
            )
            if beside:
                parts = argument or [Token(PLACEMARKER, "", False)]
                # GNU's `, ## __VA_ARGS__`: the comma goes away with an empty rest.
                if position > 1 and macro.variadic and token.text == parameters[-1] and body[position - 2].text == ",":
                    result.pop()
                    if argument:
                        parts = self.owner.expand(argument, self.depth + 1, (*self.around, *self.disabled))
                    else:
                        result.pop()
                        parts = []
            else:
                if token.text not in expanded:
                    expanded[token.text] = self.owner.expand(argument, self.depth + 1, (*self.around, *self.disabled))
                parts = expanded[token.text]
            if parts:
                result.append(parts[0]._replace(space=token.space))
                result.extend(parts[1:])
            elif token.space and position < last:
                # White space around an argument that vanished stays white space.
                result.append(Token(PLACEMARKER, "", True))
            position += 1
        result = _paste(result, self.owner) if macro.pastes else result
        return [token for token in result if token.kind != PLACEMARKER] if bound else result


def _paste(parts: list[Token], owner: Expander) -> list[Token]:
    result: list[Token] = []
    position = 0
    while position < len(parts):
        token = parts[position]
        if token.kind == PUNCTUATION and token.text == "##" and result and position + 1 < len(parts):
            left, right = result.pop(), parts[position + 1]
            joined = tokenize(left.text + right.text)
            if not joined:
                joined = [Token(PLACEMARKER, "", left.space)]
            result.append(joined[0]._replace(space=left.space))
            result.extend(joined[1:])
            position += 2
        else:
            result.append(token)
            position += 1
    return result
