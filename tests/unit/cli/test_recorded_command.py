"""The command that generated files record: it makes the same files again, and says nothing that goes without saying."""

from __future__ import annotations

import shlex

import pytest

from opsieve.cli.build import _OF_ONE_RUN, build
from opsieve.cli.command_line import command_line
from unit.cli.place import ADD, Place


def _recorded(place: Place, name: str = "ops_to_register.h") -> list[str]:
    line = (place.folder / "out" / name).read_text().splitlines()[1]
    return shlex.split(line.lstrip("/#").strip())


def _contents(place: Place) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (place.folder / "out").iterdir()}


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--define", 'NOTE="a b"', "--define", "X=1", "--undefine", "IS_MOBILE_PLATFORM"),
        ("--runtime", "grappler=off", "--allow-unresolved", "Missing", "--without-saver", "--all-functions"),
    ],
)
@pytest.mark.parametrize("model", ["model.pb", "a model $HOME #1.pb", "-dash.pb", "it's.pb"])
def test_the_recorded_command_makes_the_same_bytes(place: Place, model: str, options: tuple[str, ...]) -> None:
    place.file(model, ADD)
    status, _, errors = place.run("generate", "-o", "out", *options, "--tensorflow", "tree", "--", model)
    assert status == 0, errors
    first = _contents(place)
    command = _recorded(place)
    assert command == _recorded(place, "selected.bzl") == _recorded(place, "selected.mk")
    for name in first:
        (place.folder / "out" / name).unlink()
    assert place.run(*command[1:])[0] == 0
    assert _contents(place) == first


def _of_build(*arguments: str) -> str:
    context = build.make_context("build", [*arguments, "--tensorflow", "tf", "-o", "out"])
    return command_line("build", build.params, context.params, without=_OF_ONE_RUN)


def test_defaults_and_what_does_not_change_the_library_are_left_out() -> None:
    said = "opsieve build a.pb --tensorflow tf -o out"
    assert _of_build("a.pb") == said
    assert _of_build("--name", "tensorflow_selective", "--register", "selected", "a.pb") == said
    one_run = ("-j", "3", "--objects", "o", "--store", "s", "--makefile-only", "--no-cache", "--format", "json")
    assert _of_build(*one_run, "a.pb") == said


def test_what_changes_the_library_is_kept() -> None:
    told = ("--target", "linux-armv7", "--name", "x", "--register", "all", "--third-party", "zlib=system")
    kept = "--target linux-armv7 --name x --third-party zlib=system --register all"
    assert _of_build(*told, "a.pb") == f"opsieve build a.pb --tensorflow tf {kept} -o out"
