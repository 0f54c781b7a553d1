"""Maps of lld for ELF: ``VMA LMA Size Align Out In Symbol``, each line an output section, input section or symbol.

The three are told apart by how far they are indented: 0, 8 and 16 (lld/ELF/MapFile.cpp, writeHeader and writeMapFile).
"""

from __future__ import annotations

import re

from opsieve.size.link_map import LINKER, LinkMap
from opsieve.size.maps.building import Builder
from opsieve.size.maps.lines import Lines

_INPUT, _SYMBOL = 8, 16
# Widths of the columns but the addresses'.
_SIZE, _ALIGN = 8, 5
_DATA = ("BYTE", "SHORT", "LONG", "QUAD")
# Where code of one kind or data begins (AAELF32 and AAELF64, "Mapping symbols").
_MARKS = frozenset(("$a", "$d", "$t", "$x"))


# Two constructors or destructors that compilers make of one, and GCC's second name of a function for its own calls.
_VARIANT = re.compile(r"([CD])[0-5](?=[EI])")
_LOCAL_ALIASES = (" (.localalias", " [clone .localalias", ".localalias")


class _Folded:
    """Finds symbols of one input section that share an address, are not empty, and are not names of one function."""

    def __init__(self) -> None:
        self._section = ""
        self._names: dict[int, list[str]] = {}
        self._folded: dict[int, tuple[str, ...]] = {}

    def next_section(self, name: str) -> None:
        for address, names in self._names.items():
            if len(names) > 1:
                self._resolve(address, names)
        self._section = name
        self._names = {}

    def take(self, name: str, address: int) -> None:
        self._names.setdefault(address, []).append(name)

    def all(self) -> dict[int, tuple[str, ...]]:
        self.next_section("")
        return self._folded

    def _resolve(self, address: int, names: list[str]) -> None:
        """The section that was kept has the name of one; where names are demangled, that is of the first object's."""
        kept = _function(next((name for name in names if self._section.endswith(f".{name}")), names[0]))
        others = [name for name in names if _function(name) != kept]
        if others:
            self._folded[address] = tuple(dict.fromkeys(others))


def _function(name: str) -> str:
    """What is the same in all names of a function."""
    for alias in _LOCAL_ALIASES:
        name = name.partition(alias)[0]
    return _VARIANT.sub(r"\1", name) if name.startswith("_Z") else name


def read(lines: Lines) -> LinkMap:
    """A whole map.

    Raises:
        OpsieveError: a line is none of a map, or there is no output section.
    """
    builder, folded = Builder(lines), _Folded()
    width = 0
    thumb = False
    for line in lines:
        words = line.split(None, 4)
        if len(words) < 5:
            # A symbol may have no name.
            if len(words) not in (0, 4):
                raise lines.error("no address, size and alignment")
            continue
        vma, lma, length, align, text = words
        if not width:
            # "VMA" ends where the addresses do.
            width = line.find("VMA") + len("VMA")
            if vma != "VMA" or width > 64:
                raise lines.error("no heading of a map of lld")
            continue
        indent = len(line) - len(text) - 2 * width - _SIZE - _ALIGN - 4
        if indent not in (0, _INPUT, _SYMBOL):
            # Numbers that are wider than their columns move the rest.
            wider = (len(vma) - width, len(lma) - width, len(length) - _SIZE, len(align) - _ALIGN)
            indent -= sum(more for more in wider if more > 0)
        address, size = lines.hexadecimal(vma), lines.hexadecimal(length)
        if indent == _SYMBOL:
            if text in _MARKS:
                thumb |= text == "$t"
                continue
            if not builder.sections or not builder.sections[-1].rows:
                raise lines.error("a symbol before any input section")
            if thumb:
                # The lowest bit says that it is Thumb code.
                address &= ~1
            builder.symbol(text, address, size)
            if size:
                folded.take(text, address)
        elif indent == _INPUT:
            if not builder.sections:
                raise lines.error("an input section before any output section")
            owner, found, name = text.rpartition(":(")
            if found and name.endswith(")"):
                name = _plain(name[:-1])
                builder.add(address, size, LINKER if owner == "<internal>" else owner, name)
                folded.next_section(name)
                thumb = False
            elif text.startswith(_DATA):
                builder.add(address, size, LINKER, text.partition("(")[0].strip())
                folded.next_section("")
        elif indent == 0:
            # Assignments of the linker's script stand between sections.
            if "=" not in text:
                builder.section(text, address, size)
        else:
            raise lines.error("neither an output section, nor an input section, nor a symbol")
    if not builder.sections:
        raise lines.error("the map lists no section")
    return builder.map("lld", folded.all())


def _plain(name: str) -> str:
    """A section's name; a piece of an exception table has its place there after it."""
    return name.partition("+0x")[0] if name.startswith(".eh_frame+0x") else name
