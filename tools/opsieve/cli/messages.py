"""What is said to a person: on standard error, one line a message, in colour where a terminal is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import click

from opsieve.errors import OpsieveError

Report = Callable[[int, int], None]

# Short work needs no bar.
_SHOW_AFTER_SECONDS = 0.5


def fail(error: OpsieveError) -> None:
    """Say what was wrong, and what to do about it."""
    click.echo(click.style("error: ", fg="red", bold=True) + one_line(error.message), err=True)
    for line in error.details:
        click.echo(f"  {one_line(line)}", err=True)
    if error.hint:
        click.echo(click.style("  hint: ", fg="cyan") + one_line(error.hint), err=True)


def warn(text: str) -> None:
    """Say what a person should know although the command goes on."""
    click.echo(click.style("warning: ", fg="yellow", bold=True) + one_line(text), err=True)


def unmet(text: str) -> None:
    """Say what is needed and not there."""
    click.echo(click.style("unresolved: ", fg="red", bold=True) + one_line(text), err=True)


def note(text: str) -> None:
    """Say what is being done, or was."""
    click.echo(one_line(text), err=True)


def plural(count: int, noun: str) -> str:
    """``1 op``, ``2 ops``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def one_line(text: str) -> str:
    """The text without control characters, which are shown as Python writes them."""
    if text.isprintable():
        return text
    # Names come from models and trees of strangers: no control characters reach the terminal.
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


@contextlib.contextmanager
def progress(label: str) -> Iterator[Report]:
    """A bar on standard error for work that lasts, where a terminal is; else silence.

    Yields a function to be told how much is done, of how much.
    """
    import sys
    import time

    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    # Drawn only when told of progress: a thread that draws would be alive while worker processes are forked.
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
    )
    task = bar.add_task(label, total=None)
    begin = time.monotonic()
    started = False

    def report(done: int, total: int) -> None:
        nonlocal started
        if not started and time.monotonic() - begin < _SHOW_AFTER_SECONDS:
            return
        if not started:
            bar.start()
            started = True
        bar.update(task, completed=done, total=total, refresh=True)

    try:
        yield report
    finally:
        if started:
            bar.stop()
