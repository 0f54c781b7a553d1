"""From what start-up code hands on to the ops and kernels that it registers.

A kernel's registration hands the op's name to one function and then the class's text to another
(REGISTER_KERNEL_BUILDER_IMPL_3 in TensorFlow's tensorflow/core/framework/op_kernel.h). Where both are arguments of one
call (REGISTER_KERNEL_BUILDER_UNIQ, up to 2.2), GCC without optimisation makes a string of the class's text first. An op
definition hands its name to a third function and then says what its inputs, outputs and attrs are (OpDefBuilderWrapper
in .../op.h). Which functions these are, and in which order, is learnt from the library, which may have no symbols.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from opsieve.binary.names import NOT_SELECTED, Names, Pair, is_specification, spaceless
from opsieve.binary.startup import Event, Handed
from opsieve.binary.trace import Piece

Callee = int | str | None

# A kernel's class follows its op with at most these many names of other ops between them.
_NEAREST = 8
# A text that code copies piece by piece is complete after so many pieces.
_PIECES = 10
# Of these so many may be loaded before the first.
_EARLIER = 2
# Longer than what an op says of an input; of an attr, the beginning would do, but one of the others is as good.
_LONGEST_SPECIFICATION = 200
# Of the texts handed to the function that begins an op definition, so many are names of the index's ops, and of these
# so many are seen to be followed by what the op's inputs, outputs and attrs are.
_NAMES = 0.5
_SPECIFIED = 0.2


# Stands for a text that says something of an op's inputs, outputs or attrs.
_SAID = Handed("", None, 0, False)


def _with_said(told: Iterable[Handed]) -> list[tuple[Handed, bool]]:
    """The texts of one function, and whether what follows each reads as an op's definition."""
    texts: list[tuple[Handed, bool]] = []
    for event in told:
        if event is not _SAID:
            texts.append((event, False))
        elif texts:
            texts[-1] = (texts[-1][0], True)
    return texts


@dataclass(slots=True)
class _Mention:
    """An op's name in start-up code; ``specified`` when what follows reads as an op's definition."""

    op: str
    callee: Callee
    used: bool = False
    specified: bool = False


@dataclass(slots=True)
class Evidence:
    """What start-up code registers, gathered function by function, and to be settled after the last."""

    names: Names
    kernels: set[Pair] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    unmatched: set[str] = field(default_factory=set)
    undecided: set[str] = field(default_factory=set)
    functions: int = 0
    _told: list[list[Handed]] = field(default_factory=list)
    _class_callees: Counter[Callee] = field(default_factory=Counter)
    _mentions: list[_Mention] = field(default_factory=list)
    _copied: dict[str, bool] = field(default_factory=dict)
    _handed: Counter[Callee] = field(default_factory=Counter)
    _kernel_callees: Counter[Callee] = field(default_factory=Counter)

    def add(self, events: Sequence[Event]) -> None:
        """Take in one start-up function."""
        self.functions += 1
        told: list[Handed] = []
        for event in events:
            if isinstance(event, Piece):
                if told and b":" in event.content:
                    told.append(_SAID)
                continue
            self._handed[event.callee] += 1
            text = spaceless(event.text)
            if text in self.names.pairs or event.text in self.names.ops or event.text == NOT_SELECTED:
                told.append(event)
                if text not in self.names.pairs:
                    self._class_callees[event.callee] -= 1
                elif event.text not in self.names.ops:
                    self._class_callees[event.callee] += 1
            elif told and is_specification(event.text):
                told.append(_SAID)
        if told:
            self._told.append(told)
        self._copies(events)

    def wanted(self, text: str) -> bool:
        """Whether a text can matter to :meth:`add`."""
        names = self.names
        if text in names.ops or text == NOT_SELECTED or spaceless(text) in names.pairs:
            return True
        return len(text) <= _LONGEST_SPECIFICATION and is_specification(text)

    def settle(self) -> None:
        """After the last function: pair classes with ops."""
        functions = [_with_said(told) for told in self._told]
        # A name that begins an op's definition is no kernel's.
        balances = [self._balance([event for event, specified in told if not specified]) for told in functions]
        in_all = sum((balance > 0) - (balance < 0) for balance in balances)
        for told, balance in zip(functions, balances, strict=True):
            mentions: list[_Mention] = []
            for event, specified in reversed(told) if (balance or in_all) > 0 else told:
                if not self._class(event, mentions):
                    mentions.append(_Mention(event.text, event.callee, specified=specified))
            self._mentions += (mention for mention in mentions if not mention.used)
        self._told.clear()

    def _balance(self, texts: Sequence[Handed]) -> int:
        """Of a function's classes those with an op of theirs right after them, less those with one right before."""
        pairs = [self.names.pairs.get(spaceless(each.text)) if self._can_be_class(each) else None for each in texts]

        def op_of(position: int, class_position: int) -> bool:
            if not 0 <= position < len(texts) or pairs[position] is not None:
                return False
            return texts[position].text in (pairs[class_position] or ()) or texts[position].text == NOT_SELECTED

        return sum(op_of(i + 1, i) - op_of(i - 1, i) for i, ops in enumerate(pairs) if ops is not None)

    def _class(self, event: Handed, mentions: list[_Mention]) -> bool:
        """Whether the text is a class's, for the op that is named before it."""
        pairs = self.names.pairs.get(spaceless(event.text))
        if pairs is None or not self._can_be_class(event):
            return False
        for mention in reversed(mentions[-_NEAREST:]):
            if mention.used:
                continue
            if mention.op == NOT_SELECTED:
                mention.used = True
                self.undecided.add(spaceless(event.text))
                return True
            # The same function is never handed both.
            if mention.op in pairs and (event.callee is None or mention.callee != event.callee):
                mention.used = True
                self.kernels.update(pairs[mention.op])
                self.classes.add(spaceless(event.text))
                self._kernel_callees[mention.callee] += 1
                return True
        if event.text in self.names.ops:
            return False
        self.unmatched.add(spaceless(event.text))
        return True

    def _can_be_class(self, event: Handed) -> bool:
        """Some texts are an op's name and a class's: NoOp. The function that is handed them tells which is meant."""
        if event.text not in self.names.ops:
            return True
        known = any(count > 0 for callee, count in self._class_callees.items() if callee is not None)
        if event.callee is not None and known:
            # None of its texts may tell: TF_RegisterKernelBuilder's, or where one file makes its string_views in place.
            return self._class_callees[event.callee] >= 0
        return event.measured or not known

    def ops(self) -> set[str]:
        """The op definitions that the functions register."""
        named: dict[Callee, list[_Mention]] = {}
        for mention in self._mentions:
            named.setdefault(mention.callee, []).append(mention)
        found = {op for op, specified in self._copied.items() if specified or not self.names.defined[op]}
        for callee, mentions in named.items():
            if callee is not None and self._kernel_callees[callee] > len(mentions):
                continue
            if self._defines(callee, mentions):
                found.update(mention.op for mention in mentions)
            else:
                found.update(mention.op for mention in mentions if mention.specified)
        return found & self.names.defined.keys()

    def mentioned(self) -> set[str]:
        """Ops without inputs, outputs and attrs that start-up code names: what follows cannot tell a definition."""
        return {mention.op for mention in self._mentions if self.names.defined.get(mention.op) == ()}

    def _defines(self, callee: Callee, mentions: Sequence[_Mention]) -> bool:
        """Whether a function is the one that begins an op definition."""
        if isinstance(callee, str):
            return "OpDefBuilder" in callee
        share = len(mentions) / max(self._handed[callee], 1)
        specified = sum(mention.specified or not self.names.defined.get(mention.op) for mention in mentions)
        return share >= _NAMES and specified >= _SPECIFIED * len(mentions)

    def _copies(self, events: Sequence[Event]) -> None:
        """Names that code copies itself, which happens to short ones where a file defines few ops."""
        texts = [event.content.decode() if isinstance(event, Piece) else event.text for event in events]
        pieces = [i for i, event in enumerate(events) if isinstance(event, Piece)]
        for number, place in enumerate(pieces):
            if ":" in texts[place]:
                continue
            following = [texts[i] for i in pieces[number + 1 : number + 1 + _PIECES]]
            # The end of a name may be loaded before its beginning.
            ends = [texts[i] for i in pieces[max(number - _EARLIER, 0) : number] if ":" not in texts[i]]
            op = self._spelt(texts[place], [*following, *ends])
            if op is not None:
                own = self.names.defined.get(op, ())
                said = any(
                    len(text) > 2 and specification.startswith(spaceless(text)[:8])
                    for text in [*following, *texts[place + 1 : place + 1 + _PIECES]]
                    for specification in own
                )
                self._copied[op] = self._copied.get(op, False) or said

    def _spelt(self, first: str, following: Iterable[str]) -> str | None:
        """The longest op name that the pieces spell, each of them overlapping or continuing those before it."""
        spelt = first
        found = first if first in self.names.defined else None
        if first not in self.names.beginnings:
            return None
        for text in following:
            overlap = next(n for n in range(min(len(text), len(spelt)), -1, -1) if spelt.endswith(text[:n]))
            joined = spelt + text[overlap:]
            if joined in self.names.beginnings:
                spelt = joined
                found = joined if joined in self.names.defined else found
        return found
