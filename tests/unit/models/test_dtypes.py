"""The table of dtypes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from opsieve.dtypes import NAMES, NUMBERS, base_dtype, dtype_name, parse_dtype


def tree_file(path: str) -> str:
    tree = os.environ.get("OPSIEVE_TENSORFLOW_TREE", "").split(os.pathsep)[0]
    if not tree:
        pytest.skip("OPSIEVE_TENSORFLOW_TREE does not name a TensorFlow source tree")
    return (Path(tree) / path).read_text()


def test_every_number_of_types_proto() -> None:
    found = re.findall(r"^\s*(DT_\w+) = (\d+);", tree_file("tensorflow/core/framework/types.proto"), re.MULTILINE)
    assert len(found) > 40
    for name, number in found:
        assert NAMES[int(number)] == name
        assert NUMBERS[name] == int(number)


def test_every_word_of_the_attr_language() -> None:
    source = tree_file("tensorflow/core/framework/types.cc")
    if "DataTypeFromString" not in source:
        pytest.skip("this tree has DataTypeFromString elsewhere")
    found = re.findall(r'((?:sp == "\w+"(?: \|\| )?)+)\) \{\s*\*dt = (DT_\w+);', source)
    assert len(found) > 20
    for words, name in found:
        for word in re.findall(r'"(\w+)"', words):
            assert parse_dtype(word) == name
            assert parse_dtype(f"{word}_ref") == f"{name}_REF"


def test_every_cpp_type_of_types_h() -> None:
    found = re.findall(
        r"^MATCH_TYPE_AND_ENUM\(([\w:]+), (DT_\w+)\)", tree_file("tensorflow/core/framework/types.h"), re.M
    )
    assert len(found) > 20
    for cpp, name in found:
        assert parse_dtype(cpp) == name
        assert parse_dtype(f"::tensorflow::{cpp}") == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("DT_FLOAT", "DT_FLOAT"),
        ("INT32", "DT_INT32"),
        (" half ", "DT_HALF"),
        ("std::complex< double >", "DT_COMPLEX128"),
        ("::int64_t", "DT_INT64"),
        ("unsigned  int", "DT_UINT32"),
        ("DT_BOOL_REF", "DT_BOOL_REF"),
        ("Bool", None),
        ("invalid", None),
        ("", None),
    ],
)
def test_spellings(text: str, name: str | None) -> None:
    assert parse_dtype(text) == name


def test_numbers_and_references() -> None:
    assert dtype_name(103) == "DT_INT32_REF"
    assert dtype_name(4711) == "DT_4711"
    assert base_dtype("DT_INT32_REF") == base_dtype("DT_INT32") == "DT_INT32"
