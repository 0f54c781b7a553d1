"""What one file may have in all of its members together, so that a hostile one cannot fill the memory."""

from __future__ import annotations

from dataclasses import dataclass

from opsieve.errors import OpsieveError


@dataclass(slots=True)
class Limits:
    """What is left. ``characters`` are those of symbols' names, which a table of names can share without end."""

    sections: int = 1 << 21
    symbols: int = 1 << 21
    characters: int = 1 << 28
    references: int = 1 << 24
    comparisons: int = 1 << 24

    def take_sections(self, count: int, name: str) -> None:
        """
        Raises:
            OpsieveError: there are too many.
        """
        self.sections -= count
        if self.sections < 0:
            raise OpsieveError(f"{name}: more sections than any real library has")

    def take_symbols(self, count: int, name: str) -> None:
        """
        Raises:
            OpsieveError: there are too many.
        """
        self.symbols -= count
        if self.symbols < 0:
            raise OpsieveError(f"{name}: more symbols than any real library has")

    def take_references(self, count: int, name: str) -> None:
        """
        Raises:
            OpsieveError: there are too many.
        """
        self.references -= count
        if self.references < 0:
            raise OpsieveError(f"{name}: more relocations than the objects of any real library have")

    def take_comparisons(self, count: int, name: str) -> None:
        """
        Raises:
            OpsieveError: there are too many.
        """
        self.comparisons -= count
        if self.comparisons < 0:
            raise OpsieveError(f"{name}: start-up code that registers more than that of any real library")
