"""selection.json: what is written reads back the same, and a wrong document is an error that says where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden.selections import empty, small
from opsieve.errors import OpsieveError
from opsieve.selection.document import from_json, to_json
from opsieve.selection.selection import (
    Call,
    ModelDigest,
    Reason,
    SelectedKernel,
    SelectedOp,
    Selection,
    Source,
    Unresolved,
)

_PATH = Path("some/selection.json")
_LINES = st.integers(min_value=0, max_value=10**6)
_TYPES = st.dictionaries(st.text(max_size=4), st.lists(st.text(max_size=8), max_size=3).map(tuple), max_size=3)
_REASON_TYPES = _TYPES.map(lambda types: tuple(sorted(types.items())))
_REASONS = st.lists(st.builds(Reason, st.text(), st.text(), st.text(), st.text(), _REASON_TYPES), max_size=3).map(tuple)
_VALUES = st.dictionaries(
    st.text(max_size=4),
    st.lists(st.text(max_size=4) | st.integers(-9, 9) | st.booleans(), max_size=2).map(tuple),
    max_size=2,
)


def _tuples(row: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(row, max_size=3).map(tuple)


_SELECTIONS = st.builds(
    Selection,
    version=st.text(),
    source=st.text(),
    defines=st.dictionaries(st.text(), st.text(), max_size=3),
    models=_tuples(st.builds(ModelDigest, st.text(), st.text(), st.text())),
    ops=_tuples(st.builds(SelectedOp, st.text(), _REASONS, st.text(), _LINES)),
    kernels=_tuples(
        st.builds(
            SelectedKernel,
            st.text(),
            st.text(),
            st.text(),
            _TYPES,
            st.text(),
            _LINES,
            _REASONS,
            st.text(),
            st.integers(),
            _VALUES,
        )
    ),
    sources=_tuples(st.builds(Source, st.text(), st.text(), st.lists(st.text(), max_size=3).map(tuple))),
    unresolved=_tuples(st.builds(Unresolved, st.text(), _TYPES, _REASONS, st.text(), st.booleans())),
    runtime=st.dictionaries(st.text(), st.booleans(), max_size=3),
    calls=_tuples(st.builds(Call, st.text(), st.text(), st.text(), st.text())),
)


@given(_SELECTIONS, st.text())
def test_what_is_written_reads_back(selection: Selection, command: str) -> None:
    assert from_json(to_json(selection, command=command), _PATH) == selection


def test_a_path_that_is_no_unicode_reads_back() -> None:
    selection = Selection("2", "s", {}, (ModelDigest("caf\udce9.pb", "0", "graphdef"),), (), (), ())
    assert from_json(to_json(selection), _PATH) == selection


def test_the_document_has_the_keys_of_schema_1() -> None:
    document = json.loads(to_json(small(), command="opsieve generate"))
    assert document["schema"] == 1
    assert document["command"] == "opsieve generate"
    assert set(document["tensorflow"]) == {"version", "source", "defines"}
    assert set(document["models"][0]) == {"path", "sha256", "format"}
    assert set(document["ops"][0]) >= {"name", "reasons"}
    assert set(document["kernels"][0]) >= {"op", "class", "device", "constraints", "file", "line"}
    assert set(document["sources"][0]) == {"path", "kind", "reasons"}
    assert set(document["unresolved"][0]) >= {"op", "types", "reasons", "why"}


def test_one_row_a_line() -> None:
    lines = to_json(small()).decode().splitlines()
    assert sum('"class"' in line for line in lines) == len(small().kernels)
    assert all(line.count('"class"') <= 1 for line in lines)


def test_defines_are_in_order() -> None:
    document = json.loads(to_json(small()))
    assert list(document["tensorflow"]["defines"]) == sorted(small().defines)


def test_keys_of_a_later_addition_are_ignored() -> None:
    document = json.loads(to_json(empty()))
    assert from_json(json.dumps({**document, "later": [1]}).encode(), _PATH) == empty()


def _changed(change: str) -> bytes:
    document = json.loads(to_json(small()))
    exec(change, {"d": document})
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", r"not JSON: Expecting value, at line 1, column 1"),
        (b'{\n"schema": 1,\n}', r"not JSON: .*, at line [23], column"),
        (b'{"schema": "\xff"}', r"not UTF-8 text, at byte 12"),
        (b"[" * 100_000, r"nested too deeply"),
        (b'{"schema": ' + b"1" * 5000 + b"}", r"not JSON that can be read"),
        (b"[]", r"the document must be an object, found a list"),
        (b"{}", r"schema is missing"),
        (b'{"schema": 2}', r"has schema 2, this opsieve reads schema 1"),
        (b'{"schema": true}', r"schema must be a whole number, found a boolean"),
        (b'{"schema": 1}', r"tensorflow is missing"),
        (_changed("del d['kernels']"), r"kernels is missing"),
        (_changed("d['kernels'] = None"), r"kernels must be a list, found null"),
        (_changed("d['kernels'][3] = 'x'"), r"kernels\[3\] must be an object, found a string"),
        (_changed("del d['kernels'][3]['class']"), r"kernels\[3\]\.class is missing"),
        (_changed("d['kernels'][3]['line'] = 1.5"), r"kernels\[3\]\.line must be a whole number, found a number"),
        (_changed("d['kernels'][0]['constraints']['T'] = 'x'"), r"kernels\[0\]\.constraints\.T must be a list"),
        (_changed("d['kernels'][0]['constraints']['T'] = [1]"), r"kernels\[0\]\.constraints\.T\[0\] must be a string"),
        (_changed("d['tensorflow']['defines']['X'] = 1"), r"tensorflow\.defines\.X must be a string"),
        (_changed("d['unresolved'][0]['allowed'] = 1"), r"unresolved\[0\]\.allowed must be true or false"),
        (_changed("d['ops'][1]['reasons'][0]['node'] = []"), r"ops\[1\]\.reasons\[0\]\.node must be a string"),
    ],
)
def test_a_wrong_document_is_an_error_that_says_where(content: bytes, said: str) -> None:
    with pytest.raises(OpsieveError, match=rf"^some/selection\.json: .*{said}") as caught:
        from_json(content, _PATH)
    assert caught.value.hint is not None
