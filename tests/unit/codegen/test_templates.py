"""A user's folder of templates: its files win over opsieve's, and what is wrong in them is said with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden.selections import COMMAND, small
from opsieve.codegen.generate import generate
from opsieve.errors import OpsieveError
from opsieve.resources import resource


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    folder.mkdir()
    return folder


def test_a_template_of_the_same_name_wins(templates: Path, tmp_path: Path) -> None:
    (templates / "tf_op_files.txt.j2").write_text("{% for source in sources %}{{ source.path }};{% endfor %}")
    generate(small(), tmp_path / "own", command=COMMAND)
    generate(small(), tmp_path / "out", command=COMMAND, templates=templates)
    assert (tmp_path / "out" / "tf_op_files.txt").read_text().count(";") == len(small().sources)
    header = "ops_to_register.h"
    assert (tmp_path / "out" / header).read_bytes() == (tmp_path / "own" / header).read_bytes()


def test_a_shared_macro_can_be_replaced(templates: Path, tmp_path: Path) -> None:
    (templates / "provenance_macros.j2").write_text("{% macro provenance(mark) %}{{ mark }} Ours.\n{% endmacro %}")
    generate(small(), tmp_path / "out", command=COMMAND, templates=templates)
    for name in ("ops_to_register.h", "selected.bzl", "selected.mk"):
        assert "Ours." in (tmp_path / "out" / name).read_text().splitlines()[0]


def test_a_template_may_include_others_of_its_folder(templates: Path, tmp_path: Path) -> None:
    (templates / "selected.mk.j2").write_text('{% include "mine.j2" %}')
    (templates / "mine.j2").write_text("MINE := {{ ops | join(' ') }}")
    generate(small(), tmp_path / "out", command=COMMAND, templates=templates)
    assert (tmp_path / "out" / "selected.mk").read_text().startswith("MINE := AccumulateNV2 Add ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("one\ntwo\n{% for x in %}", r"selected\.mk\.j2:3: Expected an expression"),
        ("one\n{% if ops %}", r"selected\.mk\.j2:2: Unexpected end of template"),
        ("one\n{{ ops | nofilter }}", r"selected\.mk\.j2:2: No filter named 'nofilter'"),
        ("one\n\n{{ kernel_classes }}", r"selected\.mk\.j2:3: 'kernel_classes' is undefined"),
        ("one\n{% for op in ops %}\n{{ op.name }}{% endfor %}", r"selected\.mk\.j2:3: .* has no attribute 'name'"),
        ("{% include 'gone.j2' %}", r"selected\.mk\.j2:1: there is no template 'gone\.j2'"),
        ("one\n{{ 1 / 0 }}", r"selected\.mk\.j2:2: ZeroDivisionError: division by zero"),
        ("{{ defines + 1 }}", r"selected\.mk\.j2:1: TypeError"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", r"selected\.mk\.j2:1: RecursionError"),
        ("\n{% include 'bad.j2' %}", r"bad\.j2:2: 'nothing' is undefined"),
    ],
)
def test_a_wrong_template_is_an_error_with_its_line(text: str, said: str, templates: Path, tmp_path: Path) -> None:
    (templates / "selected.mk.j2").write_text(text)
    (templates / "bad.j2").write_text("\n{{ nothing }}")
    with pytest.raises(OpsieveError, match=said) as caught:
        generate(small(), tmp_path / "out", command=COMMAND, templates=templates)
    assert caught.value.hint is not None
    assert not (tmp_path / "out").exists()


def test_a_template_that_is_not_utf8(templates: Path, tmp_path: Path) -> None:
    (templates / "selected.mk.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(OpsieveError, match=r"selected\.mk\.j2: not UTF-8"):
        generate(small(), tmp_path / "out", command=COMMAND, templates=templates)


def test_a_folder_with_no_known_template(templates: Path, tmp_path: Path) -> None:
    (templates / "ops_to_register.j2").write_text("misnamed")
    with pytest.raises(OpsieveError, match=r"no file in it replaces a template.*ops_to_register\.h\.j2"):
        generate(small(), tmp_path / "out", command=COMMAND, templates=templates)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match=r"nowhere: not a folder of templates"):
        generate(small(), tmp_path / "out", command=COMMAND, templates=tmp_path / "nowhere")


def test_every_own_template_is_used_or_shared() -> None:
    names = {path.name for path in resource("templates").iterdir() if path.suffix == ".j2"}
    # Those of makefiles, of Bazel's files and of the size report are used by other stages, and tested in tests/native,
    # tests/bazel and tests/page.
    others = ("build", "bazel", "size")
    assert {name for name in names if not name.endswith("_macros.j2") and not name.startswith(others)} == {
        "ops_to_register.h.j2",
        "selected.bzl.j2",
        "selected.mk.j2",
        "tf_op_files.txt.j2",
    }
