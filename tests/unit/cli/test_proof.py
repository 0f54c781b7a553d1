"""A library is read again when it, or what it has to register, changed; and only then."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from opsieve.cli import proof, proved
from opsieve.cli.inputs import IndexRequest, ModelRequest
from opsieve.cli.proof import prove
from opsieve.cli.selecting import select_models
from opsieve.models.reach import Reach
from opsieve.resources import resource
from opsieve.selection.selection import Selection
from opsieve.tree.index import Index

_TREE = str(Path(__file__).resolve().parents[2] / "native" / "small_tree")


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Selection, Index, Path]:
    monkeypatch.setenv("OPSIEVE_CACHE_DIR", str(tmp_path / "cache"))
    request = IndexRequest(_TREE, None, (), (), (), False)
    models = ModelRequest((str(resource("data/demo/digits_mlp.pb")),), (), Reach())
    selection = select_models(models, request.without_helpers(), ())
    (tmp_path / "out").mkdir()
    (tmp_path / "out/libsmall.so").write_bytes(b"a library")
    return selection, request.load()[0], tmp_path / "out"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What is found to be missing, one answer for each time that a library is read."""
    answers: list[tuple[str, ...]] = []
    monkeypatch.setattr(proof, "_missing", lambda *_: answers.pop(0))
    return answers


def test_the_same_library_is_not_read_again(made: tuple[Selection, Index, Path], read: list[tuple[str, ...]]) -> None:
    selection, index, output = made
    read.append(("op MatMul",))
    assert prove(selection, index, output, "small").missing == ("op MatMul",)
    assert prove(selection, index, output, "small").missing == ("op MatMul",)


def test_a_library_that_changed_is_read(made: tuple[Selection, Index, Path], read: list[tuple[str, ...]]) -> None:
    selection, index, output = made
    read.extend([("op MatMul",), (), ("op Relu",)])
    prove(selection, index, output, "small")
    (output / "libsmall.so").write_bytes(b"another library")
    assert prove(selection, index, output, "small").missing == ()
    os.utime(output / "libsmall.so", ns=(1, 1))
    assert prove(selection, index, output, "small").missing == ("op Relu",)


def test_another_question_is_answered_anew(
    made: tuple[Selection, Index, Path], read: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    selection, index, output = made
    fewer = replace(selection, kernels=selection.kernels[1:])
    read.extend([("1",), ("2",), ("3",), ("4",)])
    prove(selection, index, output, "small")
    assert prove(fewer, index, output, "small").missing == ("2",)
    assert prove(fewer, replace(index, state="another"), output, "small").missing == ("3",)
    monkeypatch.setattr(proved, "own_state", lambda: "another")
    assert prove(fewer, replace(index, state="another"), output, "small").missing == ("4",)


def test_without_a_cache_every_time(made: tuple[Selection, Index, Path], read: list[tuple[str, ...]]) -> None:
    selection, index, output = made
    read.extend([("1",), ("2",)])
    index = replace(index, state="")
    assert [prove(selection, index, output, "small").missing for _ in range(2)] == [("1",), ("2",)]


def test_a_damaged_answer_is_not_believed(made: tuple[Selection, Index, Path], read: list[tuple[str, ...]]) -> None:
    selection, index, output = made
    read.append(())
    prove(selection, index, output, "small")
    kept = output / "build" / "proof.json"
    for damage in (b"", b"[]", b'{"of": 1}', kept.read_bytes()[:-3]):
        kept.write_bytes(damage)
        read.append(("read",))
        assert prove(selection, index, output, "small").missing == ("read",)
