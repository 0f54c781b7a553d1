"""A command that has commands, each imported only when it runs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """``lazy`` has one line of help for each command, so that a list of them imports none.

    The command ``a-b`` is the function ``prefix + a_b`` of the module of that name in :mod:`opsieve.cli`.
    """

    def __init__(self, *arguments: Any, lazy: Mapping[str, str], prefix: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._lazy = lazy
        self._prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lazy:
            return None
        name = self._prefix + cmd_name.replace("-", "_")
        command = getattr(import_module(f"opsieve.cli.{name}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self._lazy.items()))
