"""The reader on the corpus of C++ idioms: against expected.json always, against real preprocessors where there are any.

``OPSIEVE_REGENERATE=1 pytest tests/unit/tree/test_corpus.py`` writes expected.json anew from what a compiler says,
never from what the reader says.
"""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from preprocessor_oracle.comparison import value_constraints
from preprocessor_oracle.compiler import find_compilers
from preprocessor_oracle.oracle import FileResult, read_tree

if TYPE_CHECKING:
    from opsieve.tree.index import Index

CORPUS = Path(__file__).parent / "corpus"
EXPECTED = Path(__file__).parent / "expected.json"
DEFINES = {
    "desktop": {},
    "mobile": {"IS_MOBILE_PLATFORM": "1", "SUPPORT_SELECTIVE_REGISTRATION": "1"},
    "android-slim": {"__ANDROID__": "1", "IS_MOBILE_PLATFORM": "1", "__ANDROID_TYPES_SLIM__": "1"},
}
# Clang's -E starts no new line for a call that begins on the line where the call before it ended.
CLANG_LINES_UNKNOWN = "tensorflow/core/kernels/same_line_op.cc"
# A C-API registration is several calls; which of them it "starts" with is nobody's concern.
C_API = "tensorflow/c/kernels/c_api_op.cc"

Registrations = dict[str, list[dict[str, Any]]]


@lru_cache
def index_of(preset: str) -> Index:
    from opsieve.tree.build import build_index

    return build_index(CORPUS, preset=preset, cache=False)


def from_index(index: Index) -> Registrations:
    found: Registrations = {}
    for kernels in index.kernels.values():
        for kernel in kernels:
            found.setdefault(kernel.file, []).append(
                {
                    "op": kernel.op,
                    "device": kernel.device,
                    "class": kernel.class_text,
                    "constraints": {attr: sorted(dtypes) for attr, dtypes in kernel.constraints.items()},
                    "values": {attr: sorted(map(str, values)) for attr, values in kernel.value_constraints.items()},
                    "label": kernel.label,
                    "priority": kernel.priority,
                    "host_memory": sorted(kernel.host_memory),
                    "system": kernel.system,
                    "line": kernel.line,
                }
            )
    return in_order(found)


def from_oracle(results: dict[str, FileResult]) -> Registrations:
    found: Registrations = {}
    for file, result in results.items():
        assert not result.failure, f"{file}: {result.failure}"
        assert not result.errors, f"{file}: the corpus must preprocess cleanly: {result.errors}"
        for kernel in result.kernels:
            assert not kernel.unread, f"{file}:{kernel.line}: {kernel.unread}"
            found.setdefault(file, []).append(
                {
                    "op": kernel.op,
                    "device": kernel.device,
                    "class": kernel.class_text,
                    "constraints": {attr: sorted(dtypes) for attr, dtypes in kernel.constraints.items()},
                    "values": {attr: sorted(map(str, found)) for attr, found in value_constraints(kernel).items()},
                    "label": kernel.label,
                    "priority": kernel.priority,
                    "host_memory": sorted(kernel.host_memory),
                    "system": kernel.system,
                    "line": kernel.line,
                }
            )
    return in_order(found)


def ops_from_oracle(results: dict[str, FileResult]) -> Registrations:
    return {
        file: [
            pruned(
                {
                    "name": op.name,
                    "attrs": [attr.strip() for attr in op.attrs],
                    "inputs": list(op.inputs),
                    "outputs": list(op.outputs),
                    "system": op.system,
                    "line": op.line,
                }
            )
            for op in result.ops
        ]
        for file, result in sorted(results.items())
        if result.ops
    }


def in_order(found: Registrations) -> Registrations:
    for one in found.get(C_API, []):
        one["line"] = 0
    return {file: sorted(map(pruned, found[file]), key=in_file) for file in sorted(found)}


def in_file(one: dict[str, Any]) -> tuple[int, str]:
    return one.get("line", 0), json.dumps(one)


def pruned(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if value}


def without_spaces(registrations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # TensorFlow compares class texts with spaces ignored (registration.h's users, ops_to_register.h).
    return [{**one, "class": "".join(one["class"].split())} for one in registrations]


@lru_cache
def expected() -> dict[str, dict[str, Registrations]]:
    loaded: dict[str, dict[str, Registrations]] = json.loads(EXPECTED.read_text("utf-8"))
    return loaded


def corpus_files() -> list[str]:
    files = (path for suffix in ("*.cc",) for path in CORPUS.rglob(suffix))
    return sorted(path.relative_to(CORPUS).as_posix() for path in files)


@pytest.mark.parametrize("preset", DEFINES)
@pytest.mark.parametrize("file", corpus_files())
def test_reader_finds_the_expected_kernels(file: str, preset: str) -> None:
    got = from_index(index_of(preset)).get(file, [])
    assert without_spaces(got) == without_spaces(expected()[preset]["kernels"].get(file, []))


@pytest.mark.parametrize("preset", DEFINES)
def test_preset_has_the_defines_the_expectation_was_made_with(preset: str) -> None:
    assert index_of(preset).defines == DEFINES[preset]


@pytest.mark.parametrize("preset", DEFINES)
def test_reader_finds_kernels_in_no_other_file(preset: str) -> None:
    assert from_index(index_of(preset)).keys() == expected()[preset]["kernels"].keys()


@pytest.mark.parametrize("preset", DEFINES)
def test_reader_finds_the_expected_ops(preset: str) -> None:
    index = index_of(preset)
    got = {(op.file, op.line, op.name, op.system, op.inputs, op.outputs) for op in index.ops.values()}
    assert got == {
        (
            file,
            op["line"],
            op["name"],
            op.get("system", False),
            tuple(op.get("inputs", ())),
            tuple(op.get("outputs", ())),
        )
        for file, ops in expected()[preset]["ops"].items()
        for op in ops
    }


@pytest.mark.parametrize("preset", DEFINES)
def test_reader_finds_the_expected_attrs(preset: str) -> None:
    from preprocessor_oracle.attr_language import parse_attr

    plain = frozenset({"DT_FLOAT", "DT_INT32"})
    wide = frozenset({"DT_DOUBLE", "DT_INT64"}) if preset != "android-slim" else frozenset()
    sets = {
        "NumberTypes": plain | wide | {"DT_QINT8"},
        "RealNumberTypes": plain | wide,
        "QuantizedTypes": frozenset({"DT_QINT8", "DT_QUINT8"}),
    }
    for ops in expected()[preset]["ops"].values():
        for op in ops:
            attrs = {attr.name: attr for attr in index_of(preset).ops[op["name"]].attrs}
            specs = [parse_attr(text, sets) for text in op.get("attrs", ())]
            assert [spec.name for spec in specs] == list(attrs), op["name"]
            for spec in specs:
                got = attrs[spec.name]
                where = f"{op['name']}.{spec.name}"
                assert (got.type, frozenset(got.allowed)) == (spec.type, spec.allowed), where
                assert as_text(got.default) == (spec.default and as_text(spec.default)), where


def as_text(default: str | tuple[str, ...] | None) -> str | None:
    if isinstance(default, tuple):
        return f"[{','.join(default)}]"
    return "".join(default.split()) if default is not None else None


def test_nothing_is_skipped() -> None:
    assert not index_of("desktop").skipped


@pytest.mark.parametrize("preset", DEFINES)
@pytest.mark.parametrize("compiler", find_compilers() or [None])
def test_expected_is_what_a_compiler_says(compiler: str | None, preset: str) -> None:
    if compiler is None:
        pytest.skip("no C++ compiler (g++ or clang++): expected.json is taken on trust")
    results = read_tree(CORPUS, DEFINES[preset], compiler, cache=False)
    kernels, ops = from_oracle(results), ops_from_oracle(results)
    if os.environ.get("OPSIEVE_REGENERATE") and compiler == find_compilers()[0]:
        regenerate(preset, kernels, ops)
    wanted = dict(expected()[preset]["kernels"])
    if compiler.startswith("clang"):
        for found in (wanted, kernels):
            found[CLANG_LINES_UNKNOWN] = [{**one, "line": 3} for one in found[CLANG_LINES_UNKNOWN]]
    assert kernels == wanted
    assert ops == expected()[preset]["ops"]


def regenerate(preset: str, kernels: Registrations, ops: Registrations) -> None:
    everything = json.loads(EXPECTED.read_text("utf-8")) if EXPECTED.exists() else {}
    everything[preset] = {"kernels": kernels, "ops": ops}
    EXPECTED.write_text(a_registration_a_line(everything), "utf-8")
    expected.cache_clear()


def a_registration_a_line(value: Any, depth: int = 0) -> str:
    """JSON in which a change of one registration is a change of one line."""
    if depth == 4:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    indent = "\n" + " " * depth
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {a_registration_a_line(value[key], depth + 1)}" for key in sorted(value)]
        text = "{" + indent + f",{indent}".join(items) + "}"
    else:
        text = "[" + indent + f",{indent}".join(a_registration_a_line(one, depth + 1) for one in value) + "]"
    return text if depth else text + "\n"
