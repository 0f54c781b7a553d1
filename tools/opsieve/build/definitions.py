"""Where sources define what an object asks for: a search of texts, for what no compiled object has."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from opsieve.tree.linking.owners import is_compiled

_LARGEST_SOURCE = 1 << 22
_MOST_FILES = 30_000
_MOST_SOURCES = 5
_SECONDS = 20.0
# How far a type may begin before a name, and how long parameters and what follows them may be.
_BEFORE = 300
_PARAMETERS = 4000
_AFTER = 400
# Folders of TensorFlow's tree that hold sources of its libraries.
_OF_TREE = ("tensorflow", "third_party")

_NOT_CODE = re.compile(
    r"^(?:vtable|VTT|typeinfo(?: name)?|guard variable|construction vtable|[\w -]*thunk(?: to)?) (?:for )?"
)
_OPERATOR = re.compile(
    r"\boperator *(?:\(\)|\[\]|<=>|->\*?|<<=?|>>=?|[-+*/%^&|=!<>]=|&&|\|\||\+\+|--|[-+*/%^&|~!=<>,])"
)
_BODY = re.compile(rb"\s*(?:\{|:(?!:)|(?:(?:const|noexcept|override|final)\b|->|[A-Z][A-Z0-9_]+\b)[^;=]*?[{])")
# Before C23 the types of parameters may come after them.
_BODY_OF_C = re.compile(rb"\s*[A-Za-z_{]")
_VALUE = re.compile(rb"\s*(?:=(?!=)|;|\{|\[)")
# What stands between the end of the statement before and a name that is being defined: a type, or nothing but scopes.
_TYPE = re.compile(
    rb"(?!\s*(?:return|else|new|delete|throw|case|goto|using|typedef|extern|co_return)\b)"
    rb'(?:[\w:<>,&*\s\[\]"]|\.\.\.)*'
)
_SCOPE = re.compile(rb"(\w+)(?:\s*<[^;{}()]*>)?\s*::\s*$")
_INSTANTIATION = re.compile(rb"\s*template\s+(?!<)[\w:<>,&*\s]*")


@dataclass(frozen=True, slots=True)
class Sought:
    """A symbol's name without arguments. ``scope``: the class or the innermost namespace, or "".

    ``template``: the first of its parts that has template arguments, or "". ``function``: it has parameters.
    ``member``: anything that ``scope``, a class, defines out of line will do.
    """

    scope: str
    name: str
    template: str
    function: bool
    member: bool = False


def sought(demangled: str) -> Sought | None:
    """What to look for in sources; None for what is no name of C or C++.

    For a class's vtable or type, which comes with one of its functions, any function of the class.
    """
    text = demangled.partition(" [clone")[0].replace("[abi:cxx11]", "").replace("(anonymous namespace)::", "")
    of_class = _NOT_CODE.match(text)
    text = text[of_class.end() :] if of_class and not text.startswith("guard") else _NOT_CODE.sub("", text)
    operator = _OPERATOR.search(text)
    if operator:
        text = f"{text[: operator.start()]}operator{text[operator.end() :]}"
    plain, arguments = _without_arguments(text)
    function = "(" in plain
    words = plain.partition("(")[0].split()
    parts = [part for part in (words[-1] if words else "").split("::") if part]
    if not parts or not all(re.fullmatch(r"~?[A-Za-z_]\w*", part) for part in parts):
        return None
    template = next((part for part in parts if part in arguments), "")
    if of_class and "thunk" not in of_class[0] and not of_class[0].startswith("guard"):
        return Sought(parts[-1], "", template, True, member=True)
    if operator:
        parts[-1] = operator[0]
    return Sought(parts[-2] if len(parts) > 1 else "", parts[-1], template, function)


def _without_arguments(text: str) -> tuple[str, set[str]]:
    """The text without <...>, and the names before such."""
    depth = 0
    kept: list[str] = []
    names: set[str] = set()
    for character in text:
        if character == "<":
            if depth == 0 and (name := re.search(r"\w+$", "".join(kept))):
                names.add(name[0])
            depth += 1
        elif character == ">" and depth:
            depth -= 1
        elif not depth:
            kept.append(character)
    return "".join(kept), names


def find_definitions(
    symbols: Mapping[str, str], folders: Mapping[str, Path], seconds: float = _SECONDS
) -> dict[str, list[tuple[str, str]]]:
    """For each symbol, given as people read it, the sources below ``folders`` that seem to define it.

    A source is (name of the folder, path in it); those of TensorFlow are in folder ``tensorflow``. A symbol that very
    many seem to define (an operator) is left out. Ends early, with what there is then, after so many seconds.
    """
    wanted = {symbol: each for symbol, text in symbols.items() if (each := sought(text)) is not None}
    found: dict[str, list[tuple[str, str]]] = {}
    until = time.monotonic() + seconds
    for folder, path, place in _sources(folders) if wanted else ():
        if time.monotonic() > until:
            break
        try:
            with open(place, "rb") as stream:
                text = stream.read(_LARGEST_SOURCE)
        except OSError:
            continue
        for symbol, each in wanted.items():
            if defines(text, each):
                found.setdefault(symbol, []).append((folder, path))
    return {symbol: sources for symbol, sources in found.items() if len(sources) <= _MOST_SOURCES}


def _sources(folders: Mapping[str, Path]) -> Iterator[tuple[str, str, str]]:
    left = _MOST_FILES
    for name, folder in sorted(folders.items()):
        starts: Sequence[str] = (
            [each for each in _OF_TREE if (folder / each).is_dir()] if name == "tensorflow" else [""]
        )
        for start in starts:
            for place, inner, files in os.walk(folder / start):
                inner[:] = sorted(each for each in inner if not each.startswith("."))
                for file in sorted(files):
                    if is_compiled(file):
                        left -= 1
                        if left < 0:
                            return
                        path = os.path.join(place, file)
                        yield name, os.path.relpath(path, folder), path


def defines(text: bytes, each: Sought) -> bool:
    """Whether a source looks as if it defines that."""
    scope, name = each.scope.encode(), each.name.encode()
    if each.template and each.template.encode() in text and _instantiates(text, each.template.encode()):
        return True
    if each.member:
        return scope in text and any(
            _has_body(text, match.end(), _BODY)
            for match in re.finditer(rb"\b" + scope + rb"(?:\s*<[^;{}()]*>)?\s*::\s*~?\w+\s*\(", text)
        )
    if name not in text or not (_is_namespace(each.scope) or scope in text):
        return False
    start = rb"" if name.startswith(b"~") else rb"\b"
    for match in re.finditer(start + re.escape(name) + (rb"" if name[-1:] in b")<>=+-*/&|!^%~,]" else rb"\b"), text):
        if not _is_defined_after(_statement(text, match.start()), each):
            continue
        opened = re.compile(rb"\s*\(").match(text, match.end())
        # Of a C function the symbol does not say that it is one.
        if opened and _has_body(text, opened.end(), _BODY if each.function else _BODY_OF_C):
            return True
        if not each.function and _VALUE.match(text, match.end()):
            return True
    return False


def _is_namespace(scope: str) -> bool:
    """As names are given in TensorFlow and what it is built with."""
    return not scope or scope[0].islower()


def _statement(text: bytes, end: int) -> bytes:
    """What stands before a name since the last statement or line of the preprocessor ended."""
    before = text[max(0, end - _BEFORE) : end].replace(b"\\\n", b"  ")
    before = before[before.rfind(b"*/") + 2 :] if b"*/" in before else before
    before = before[max(before.rfind(mark) + 1 for mark in (b";", b"{", b"}", b")")) :]
    lines = re.split(rb"\n(?=\s*\n)|(?:^|\n)\s*(?:#|//)[^\n]*", before)
    return lines[-1]


def _is_defined_after(before: bytes, each: Sought) -> bool:
    scope = _SCOPE.search(before)
    if scope is not None:
        # A namespace inside another may be named with it or without.
        return scope[1] == each.scope.encode() and _TYPE.fullmatch(before) is not None
    return _is_namespace(each.scope) and bool(before.strip()) and _TYPE.fullmatch(before) is not None


def _instantiates(text: bytes, name: bytes) -> bool:
    """Whether it has ``template struct Name<float>;``."""
    return any(
        _INSTANTIATION.fullmatch(_statement(text, match.start()))
        for match in re.finditer(rb"\b" + re.escape(name) + rb"\s*<", text)
    )


def _has_body(text: bytes, start: int, body: re.Pattern[bytes]) -> bool:
    """Whether one follows the parentheses that were opened right before ``start``."""
    depth = 1
    for match in re.finditer(rb"[()]", text[start : start + _PARAMETERS]):
        depth += 1 if match[0] == b"(" else -1
        if depth == 0:
            end = start + match.end()
            return body.match(text, end, end + _AFTER) is not None
    return False
