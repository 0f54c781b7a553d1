"""Quoted texts, read back by what will read them: Make and the shell, and Python for Starlark's literals."""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsieve.codegen import quoting

_TEXTS = [
    "plain",
    'say "hi"',
    "back\\slash\\",
    "a#b",
    "\\#",
    "\\\\#",
    "$HOME $(X) ${X} $$",
    "%d",
    "it's",
    "*?[~",
    "é多",
    "",
]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_starlark_string_reads_back(text: str) -> None:
    quoted = quoting.starlark_string(text)
    assert quoted.isascii()
    assert quoted.isprintable()
    assert ast.literal_eval(f'b"{quoted}"').decode() == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_c_string_is_one_printable_line_without_trigraphs(text: str) -> None:
    quoted = quoting.c_string(text)
    assert quoted.isascii()
    assert quoted.isprintable()
    assert "??" not in quoted
    assert ast.literal_eval(f'b"{quoted}"'.replace("\\?", "?")).decode() == text


def test_a_digit_after_an_escape_stays_itself() -> None:
    assert quoting.c_string("\x017") == r"\0017"


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("value", _TEXTS)
def test_a_define_reaches_the_program_through_make_and_the_shell(value: str, tmp_path: Path) -> None:
    makefile = f"DEFINES := \\\n  {quoting.make_define('NAME', value)}\nall:\n\t@printf '%s|' $(DEFINES)\n"
    (tmp_path / "Makefile").write_text(makefile)
    done = subprocess.run(["make", "-s", "-C", tmp_path], capture_output=True, check=True)
    assert done.stdout.decode() == f"-DNAME={value}|"


@given(st.text(max_size=40))
def test_a_comment_stays_one_comment(text: str) -> None:
    shown = quoting.comment(text)
    assert "".join(shown.splitlines()) == shown
    assert all(character.isprintable() for character in shown)
    assert not shown.endswith(("\\", "??/"))


def test_a_comment_shows_what_is_printable_as_it_is() -> None:
    assert quoting.comment("models/größe 多.pb") == "models/größe 多.pb"
