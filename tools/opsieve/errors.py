"""The one exception that the command line turns into a message for a person."""

from __future__ import annotations


class OpsieveError(Exception):
    """Wrong input: the command ends with exit status 2.

    The message says in one line what was wrong, in which file and where; ``hint`` says what to do about it.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message
