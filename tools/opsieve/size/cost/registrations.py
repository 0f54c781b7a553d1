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
from opsieve.size.cost.strings import Strings
from opsieve.size.owners.class_texts import base_name, comparable
from opsieve.size.owners.class_texts import mentions as mentions_class
from opsieve.size.reading.limits import Limits

# From what runs first to what registers: GCC has a function for a file, Clang one for each registration.
_STEPS = 2
# How much longer a class's text may be than without its spaces.
_SPACED = 4
# To look for a class in a name of so many characters counts once.
_NAME = 256


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
    """A function whose address start-up code takes: the number of the reference, and the section with its code."""

    place: int
    code: int


@dataclass(frozen=True, slots=True)
class StartUp:
    """A section of an object that registers something: what it mentions, and the functions that may make kernels.

    ``named``: by the code of these functions, which names with the classes' names in them it refers to.
    """

    section: int
    mentions: tuple[_Mention, ...]
    functions: tuple[_Function, ...]
    named: Mapping[int, tuple[str, ...]]

    def names(self) -> set[str]:
        """Those that have to be readable to tell which function makes which kernel."""
        return {name for names in self.named.values() for name in names}


def start_up(linked: LinkedObject, registered: Registered) -> list[StartUp]:
    """The sections of an object that register something of what its source does."""
    bases = {base_name(text) for text in registered.classes}
    wanted = re.compile("|".join(rf"(?<!\d){len(base)}{re.escape(base)}" for base in sorted(bases)) or "(?!)")
    naming = _Naming(linked, wanted)
    strings = Strings(linked)
    found: list[StartUp] = []
    for number in _start_up(linked):
        mentions = tuple(_mentions(linked, number, registered, strings))
        if mentions and linked.sections[number] is not None:
            functions = tuple(_functions(linked, number)) if bases else ()
            named = {function.code: naming.told(function.code) for function in functions}
            found.append(StartUp(number, mentions, functions, named))
    return found


def registration_parts(
    linked: LinkedObject,
    sections: Sequence[StartUp],
    registered: Registered,
    readable: Mapping[str, str],
    limits: Limits | None = None,
) -> dict[int, list[Part]]:
    """The parts of an object's sections, by the number of the section; what is in none is all of theirs.

    ``readable``: demangled names.

    Raises:
        OpsieveError: it takes more comparisons to tell them apart than in any real objects.
    """
    limits = limits or Limits()
    found: dict[int, list[Part]] = {}
    for each in sections:
        section = linked.sections[each.section]
        # What makes a kernel is that kernel's, even where it stands behind the name of a definition.
        rows = [*_definitions(linked, each, registered), *_kernels(linked, each, registered, readable, limits)]
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


def _mentions(linked: LinkedObject, number: int, registered: Registered, strings: Strings) -> list[_Mention]:
    """The names of ops and the texts of classes that a section refers to, in order.

    Of a string whose start and end are handed on, a compiler may have the end alone, and count back from it: to copy
    "NoOp" takes one instruction, with the four characters in it.
    """
    ops = registered.ops | {op for ops in registered.classes.values() for op in ops}
    longest = _SPACED * max((len(text.encode()) for text in (*ops, *registered.classes)), default=0)
    found: list[_Mention] = []
    ends: list[_Mention] = []
    last = ""
    for place, reference in enumerate(linked.references.get(number, ())):
        text = strings.text(reference, longest)
        if text == "":
            ended = (strings.whole(reference) or b"")[: longest + 1].decode("utf-8", "replace")
            if ended in ops or spaceless(ended) in registered.classes:
                ends.append(_Mention(place, ended))
        elif text is not None and text != last and (text in ops or spaceless(text) in registered.classes):
            # Two instructions may make one address.
            last = text
            found.append(_Mention(place, text))
    started = {mention.text for mention in found}
    return sorted(found + [mention for mention in ends if mention.text not in started])


_Found = tuple[tuple[Registration, ...], tuple[int, ...]]


def _places(linked: LinkedObject, number: int) -> dict[tuple[int, int], list[int]]:
    """The references of a section by what they refer to: two instructions may make one address."""
    places: dict[tuple[int, int], list[int]] = {}
    for place, reference in enumerate(linked.references[number]):
        places.setdefault((reference.symbol, reference.addend), []).append(place)
    return places


class _Naming:
    """The wanted names that an object's functions refer to. Each function and each name is looked at once."""

    def __init__(self, linked: LinkedObject, wanted: re.Pattern[str]) -> None:
        self._linked = linked
        self._wanted = wanted
        self._is_wanted: dict[int, bool] = {}
        self._own: dict[int, tuple[str, ...]] = {}
        self._told: dict[int, tuple[str, ...]] = {}

    def told(self, code: int) -> tuple[str, ...]:
        """By a function, or else by the first that it goes on to and that refers to any: equal ones were made one."""
        found = self._told.get(code)
        if found is None:
            following = (_code(self._linked, inner) for inner in self._linked.references.get(code, ()))
            further = (self._of(each) for each in following if each != ELSEWHERE)
            found = self._told[code] = self._of(code) or next(filter(None, further), ())
        return found

    def _of(self, code: int) -> tuple[str, ...]:
        found = self._own.get(code)
        if found is None:
            symbols = {inner.symbol for inner in self._linked.references.get(code, ())}
            names = {self._linked.symbols[each].name for each in symbols if self._matches(each)}
            found = self._own[code] = tuple(sorted(names))
        return found

    def _matches(self, symbol: int) -> bool:
        found = self._is_wanted.get(symbol)
        if found is None:
            found = self._is_wanted[symbol] = self._wanted.search(self._linked.symbols[symbol].name) is not None
        return found


def _functions(linked: LinkedObject, number: int) -> Iterator[_Function]:
    """The object's own functions whose addresses a section takes."""
    references = linked.references[number]
    for each in _places(linked, number).values():
        target = _code(linked, references[each[0]])
        if not references[each[0]].call and target not in (ELSEWHERE, number):
            yield _Function(each[0], target)


def _kernels(
    linked: LinkedObject, start: StartUp, registered: Registered, readable: Mapping[str, str], limits: Limits
) -> Iterator[_Found]:
    """Each kernel class that is mentioned, with the function that makes it."""
    mentions = start.mentions
    classes = list(_classes(mentions, registered))
    places = _places(linked, start.section)
    references = linked.references[start.section]
    makers = _makers(start, classes, readable, limits, linked.name)
    for mention, functions, ops in zip(classes, makers, _ops_of(classes, mentions, registered), strict=True):
        rows = [places[references[one][1:3]] for one in (mention.number, *functions)]
        limits.take_comparisons(sum(map(len, rows)), linked.name)
        every = {place for row in rows for place in row}
        yield tuple(Registration(op, spaceless(mention.text)) for op in ops), tuple(sorted(every))


def _makers(
    start: StartUp, classes: Sequence[_Mention], readable: Mapping[str, str], limits: Limits, name: str
) -> list[list[int]]:
    """The functions of each class: of those that refer to it, else of those that refer to none, the nearest.

    Where there is one for each, they are in the order of the classes.
    """
    found: list[list[int]] = [[] for _ in classes]
    functions = start.functions if classes else ()
    limits.take_comparisons(len(functions) * len(classes), name)
    numbers: dict[str, list[int]] = {}
    for number, mention in enumerate(classes):
        numbers.setdefault(comparable(mention.text), []).append(number)
    told_by: dict[int, list[int]] = {}
    for code, names in start.named.items() if classes else ():
        shown = [readable.get(each, each) for each in names]
        limits.take_comparisons(len(numbers) * sum(1 + len(each) // _NAME for each in shown), name)
        meant = [text for text in numbers if any(mentions_class(each, text) for each in shown)]
        told_by[code] = sorted(number for text in meant for number in numbers[text])
    for position, function in enumerate(functions):
        told = told_by[function.code]
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


def _classes(mentions: Sequence[_Mention], registered: Registered) -> Iterator[_Mention]:
    """Some texts are an op's name and a class's: then the second of them is the class, or one string is both."""
    counts = Counter(mention.text for mention in mentions)
    met: set[str] = set()
    for mention in mentions:
        ops = registered.classes.get(spaceless(mention.text))
        if ops is not None and (mention.text not in ops or mention.text in met or counts[mention.text] == 1):
            yield mention
        met.add(mention.text)


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
