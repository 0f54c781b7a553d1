"""Objects of a link, made of what a test says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from opsieve.size.cost.objects import ELSEWHERE, GLOBAL, LOCAL, LinkedObject, ObjectSection, ObjectSymbol, Reference


@dataclass
class Making:
    """An object; sections and symbols are called by their numbers."""

    name: str = "an.o"
    sections: list[ObjectSection | None] = field(default_factory=lambda: [None])
    symbols: list[ObjectSymbol] = field(default_factory=lambda: [ObjectSymbol("", ELSEWHERE, 0, LOCAL)])
    references: dict[int, list[Reference]] = field(default_factory=dict)
    _texts: dict[str, int] = field(default_factory=dict)
    _table: int = 0

    def section(self, name: str, size: int = 100, *, kept: bool = False, code: bool = True, follows: int = -1) -> int:
        self.sections.append(ObjectSection(name, size, kept, code, None, follows))
        return len(self.sections) - 1

    def symbol(self, name: str, section: int, binding: int = LOCAL, value: int = 0) -> int:
        self.symbols.append(ObjectSymbol(name, section, value, binding))
        return len(self.symbols) - 1

    def refer(self, section: int, symbol: int, addend: int = 0, *, call: bool = False) -> int:
        """The number of the reference in its section."""
        rows = self.references.setdefault(section, [])
        rows.append(Reference(8 * len(rows), symbol, addend, call))
        return len(rows) - 1

    def refer_to_text(self, section: int, text: str) -> int:
        """To a string of the object's only table of strings."""
        if not self._table:
            self.sections.append(ObjectSection(".rodata.str1.1", 0, False, False, b""))
            self._table = len(self.sections) - 1
            self._symbol = self.symbol("", self._table)
        table = self.sections[self._table]
        assert table is not None
        assert table.strings is not None
        if text not in self._texts:
            self._texts[text] = len(table.strings)
            strings = table.strings + text.encode() + b"\0"
            self.sections[self._table] = replace(table, strings=strings, size=len(strings))
        return self.refer(section, self._symbol, self._texts[text])

    def starting(self, name: str = ".text.startup") -> int:
        """A function that runs when the file is loaded."""
        start = self.section(name)
        table = self.section(".init_array", 8, kept=True, code=False)
        self.refer(table, self.symbol(f"_GLOBAL__sub_I_{start}", start))
        return start

    def maker(self, mentioned: str) -> int:
        """A function that makes a kernel, and names its class in what it refers to: the symbol of it."""
        function = self.section(f".text.maker{len(self.sections)}")
        if mentioned:
            self.refer(function, self.symbol(mentioned, ELSEWHERE, GLOBAL), call=True)
        return self.symbol("", function)

    def made(self) -> LinkedObject:
        return LinkedObject(self.name, tuple(self.sections), tuple(self.symbols), self.references)
