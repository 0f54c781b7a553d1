"""The one exception that the command line turns into a message for a person."""

from __future__ import annotations

from collections.abc import Sequence


class OpsieveError(Exception):
    """Wrong input: the command ends with exit status 2.

    The message says in one line what was wrong, in which file and where; ``hint`` says what to do about it. ``details``
    are more lines: a list of what is missing, what a compiler said.
    """

    def __init__(self, message: str, *, hint: str | None = None, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = tuple(details)

    def __str__(self) -> str:
        whole = "\n  ".join([self.message, *self.details])
        return f"{whole}. {self.hint}" if self.hint else whole
