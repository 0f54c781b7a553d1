"""Where in an object's start-up code each op definition and kernel is registered.

Start-up code hands on, for a kernel, the op's name, a function that makes the kernel and the class's text
(REGISTER_KERNEL_BUILDER_IMPL_2 in TensorFlow's tensorflow/core/framework/op_kernel.h), and for an op definition the
op's name and then what the op is (REGISTER_OP in .../op.h). The function and the class's text are arguments of one
call; the op's name may be in a register long before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from opsieve.binary.names import spaceless
from opsieve.size.cost.objects import ELSEWHERE, LinkedObject, Reference
from opsieve.size.owners.class_texts import base_name, comparable
from opsieve.size.owners.class_texts import mentions as mentions_class

# From what runs first to what registers: GCC has a function for a file, Clang one for each registration.
_STEPS = 2
# From the function that makes a kernel to one that names its class.
_HOPS = 1


class Registration(NamedTuple):
    """Of a kernel, or when ``class_text`` is empty of an op definition. The text has no spaces."""

    op: str
    class_text: str


class Part(NamedTuple):
    """What registers something: its share of a section's ``size`` in bytes, and which of its references, by number.

    ``what``: of several it cannot be told which is meant.
    """

    what: tuple[Registration, ...]
    size: int
    references: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """What one source registers: op definitions, and for the text of each kernel class (without spaces) its ops."""

    ops: AbstractSet[str]
    classes: Mapping[str, AbstractSet[str]]


class _Mention(NamedTuple):
    """Of an op's name or a class's text; ``number`` is the reference's."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class _Function:
    """A function whose address start-up code takes, by the number of the reference. ``names``: what it refers to."""

    place: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StartUp:
    """A section of an object that registers something: what it mentions, and the functions that may make kernels."""

    section: int
    mentions: tuple[_Mention, ...]
    functions: tuple[_Function, ...]

    def names(self) -> set[str]:
        """Those that have to be readable to tell which function makes which kernel."""
        return {name for function in self.functions for name in function.names}


def start_up(linked: LinkedObject, registered: Registered) -> list[StartUp]:
    """The sections of an object that register something of what its source does."""
    bases = {base_name(text) for text in registered.classes}
    wanted = re.compile("|".join(rf"(?<!\d){len(base)}{re.escape(base)}" for base in sorted(bases)) or "(?!)")
    found: list[StartUp] = []
    for number in _start_up(linked):
        mentions = tuple(_mentions(linked, number, registered))
        if mentions and linked.sections[number] is not None:
            functions = tuple(_functions(linked, number, wanted)) if bases else ()
            found.append(StartUp(number, mentions, functions))
    return found


def registration_parts(
    linked: LinkedObject, sections: Sequence[StartUp], registered: Registered, readable: Mapping[str, str]
) -> dict[int, list[Part]]:
    """The parts of an object's sections, by the number of the section; what is in none is all of theirs.

    ``readable``: demangled names.
    """
    found: dict[int, list[Part]] = {}
    for each in sections:
        section = linked.sections[each.section]
        # What makes a kernel is that kernel's, even where it stands behind the name of a definition.
        rows = [*_definitions(linked, each, registered), *_kernels(linked, each, registered, readable)]
        if rows and section is not None:
            share = section.size // len(rows)
            found[each.section] = [Part(what, share, references) for what, references in rows]
    return found


def _start_up(linked: LinkedObject) -> list[int]:
    """The sections with code that runs when the file is loaded."""
    found: dict[int, None] = {}
    level = {number for number, each in enumerate(linked.sections) if each is not None and each.kept and not each.code}
    for _ in range(_STEPS):
        following: set[int] = set()
        for number in sorted(level):
            for reference in linked.references.get(number, ()):
                target = _code(linked, reference)
                if target != ELSEWHERE and target not in found:
                    following.add(target)
        found.update(dict.fromkeys(sorted(following)))
        level = following
    return list(found)


def _code(linked: LinkedObject, reference: Reference) -> int:
    """The section with code that is referred to, if the object has it."""
    target = linked.symbols[reference.symbol].section
    section = linked.sections[target] if target != ELSEWHERE else None
    return target if section is not None and section.code else ELSEWHERE


def _mentions(linked: LinkedObject, number: int, registered: Registered) -> Iterator[_Mention]:
    """The names of ops and the texts of classes that a section refers to, in order."""
    ops = registered.ops | {op for ops in registered.classes.values() for op in ops}
    last = ""
    for place, reference in enumerate(linked.references.get(number, ())):
        text = string_at(linked, reference)
        if text is not None and text != last and (text in ops or spaceless(text) in registered.classes):
            # Two instructions may make one address.
            last = text
            yield _Mention(place, text)


def string_at(linked: LinkedObject, reference: Reference) -> str | None:
    """The string that is referred to, if it is one."""
    place = string_place(linked, reference)
    if place is None:
        return None
    content, start, end = place
    return content[start:end].decode("utf-8", "replace")


def string_place(linked: LinkedObject, reference: Reference) -> tuple[bytes, int, int] | None:
    """The strings among which it is, and where in them it starts and ends."""
    symbol = linked.symbols[reference.symbol]
    section = linked.sections[symbol.section] if symbol.section != ELSEWHERE else None
    if section is None or section.strings is None:
        return None
    start = symbol.value + reference.addend
    if not 0 <= start < len(section.strings):
        return None
    end = section.strings.find(b"\0", start)
    return section.strings, start, end if end >= 0 else len(section.strings)


_Found = tuple[tuple[Registration, ...], tuple[int, ...]]


def _places(linked: LinkedObject, number: int) -> dict[tuple[int, int], list[int]]:
    """The references of a section by what they refer to: two instructions may make one address."""
    places: dict[tuple[int, int], list[int]] = {}
    for place, reference in enumerate(linked.references[number]):
        places.setdefault((reference.symbol, reference.addend), []).append(place)
    return places


def _functions(linked: LinkedObject, number: int, wanted: re.Pattern[str]) -> Iterator[_Function]:
    """The object's own functions whose addresses a section takes, with the classes' names in what they refer to."""
    references = linked.references[number]
    for each in _places(linked, number).values():
        target = _code(linked, references[each[0]])
        if references[each[0]].call or target in (ELSEWHERE, number):
            continue
        yield _Function(each[0], _told(linked, target, wanted, _HOPS))


def _told(linked: LinkedObject, code: int, wanted: re.Pattern[str], hops: int) -> tuple[str, ...]:
    """The names of classes that a function refers to, or one that it goes on to: equal ones were made one."""
    references = linked.references.get(code, ())
    symbols = {linked.symbols[inner.symbol].name for inner in references}
    found = tuple(sorted(name for name in symbols if wanted.search(name)))
    if found or not hops:
        return found
    following = dict.fromkeys(_code(linked, inner) for inner in references)
    further = (_told(linked, each, wanted, hops - 1) for each in following if each not in (ELSEWHERE, code))
    return next((names for names in further if names), ())


def _kernels(
    linked: LinkedObject, start: StartUp, registered: Registered, readable: Mapping[str, str]
) -> Iterator[_Found]:
    """Each kernel class that is mentioned, with the function that makes it."""
    mentions = start.mentions
    classes = [mention for mention in mentions if _is_class(mention, mentions, registered)]
    places = _places(linked, start.section)
    references = linked.references[start.section]
    makers = _makers(start.functions, classes, readable)
    for mention, functions, ops in zip(classes, makers, _ops_of(classes, mentions, registered), strict=True):
        every = {place for one in (mention.number, *functions) for place in places[references[one][1:3]]}
        yield tuple(Registration(op, spaceless(mention.text)) for op in ops), tuple(sorted(every))


def _makers(
    functions: Sequence[_Function], classes: Sequence[_Mention], readable: Mapping[str, str]
) -> list[list[int]]:
    """The functions of each class: of those that refer to it, else of those that refer to none, the nearest.

    Where there is one for each, they are in the order of the classes.
    """
    found: list[list[int]] = [[] for _ in classes]
    texts = [comparable(mention.text) for mention in classes]
    for position, function in enumerate(functions if classes else ()):
        told = [
            number
            for number, text in enumerate(texts)
            if any(mentions_class(readable.get(name, name), text) for name in function.names)
        ]
        if len(functions) == len(classes) and (not told or position in told):
            found[position].append(function.place)
            continue
        near = told or range(len(classes))
        # Of registrations that share their class each has a function of its own.
        fewest = min(len(found[number]) for number in near) if told else 0
        near = [number for number in near if not told or len(found[number]) == fewest]
        found[min(near, key=lambda number: (abs(classes[number].number - function.place), number))].append(
            function.place
        )
    return found


def _ops_of(
    classes: Sequence[_Mention], mentions: Sequence[_Mention], registered: Registered
) -> Iterator[tuple[str, ...]]:
    """For each mention of a class the op that it is registered for, or those that it can be.

    Several ops that have one class are registered with it one after the other.
    """
    order = {mention.text: number for number, mention in reversed(list(enumerate(mentions)))}
    texts = [spaceless(mention.text) for mention in classes]
    counts = Counter(texts)
    met: Counter[str] = Counter()
    for text in texts:
        ops = sorted(registered.classes[text], key=lambda op: (order.get(op, len(order)), op))
        yield (ops[met[text]],) if counts[text] == len(ops) else tuple(ops)
        met[text] += 1


def _is_class(mention: _Mention, mentions: Sequence[_Mention], registered: Registered) -> bool:
    """Some texts are an op's name and a class's: then the second of them is the class, or one string is both."""
    ops = registered.classes.get(spaceless(mention.text))
    if ops is None:
        return False
    same = [other.number for other in mentions if other.text == mention.text]
    return mention.text not in ops or same[0] < mention.number or len(same) == 1


def _definitions(linked: LinkedObject, start: StartUp, registered: Registered) -> Iterator[_Found]:
    """Each op definition, with what is referred to up to the next mention.

    Of an op's mentions, one right before its class is the kernel's, unless there is no other.
    """
    counts = Counter(mention.text for mention in start.mentions)
    end = len(linked.references[start.section])
    for mention, following in zip(start.mentions, (*start.mentions[1:], None), strict=True):
        if mention.text not in registered.ops:
            continue
        kernel = following is not None and mention.text in registered.classes.get(spaceless(following.text), ())
        if kernel and counts[mention.text] > 1:
            continue
        last = following.number if following is not None else end
        yield (Registration(mention.text, ""),), tuple(range(mention.number, last))
