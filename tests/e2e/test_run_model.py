"""run_model with the library of the TensorFlow package, against Python, on every model that a session runs."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from e2e import zoo
from e2e.answers import answers
from e2e.program import Program, difference, largest_difference, outputs
from e2e.wheel_program import compile_program
from opsieve.resources import resource

# Functions with open types are what the C++ Session cannot import either; the others are no model that an app runs.
_LEFT_OUT = ("polymorphic_functions",)
_MODELS = [
    name
    for name, entry in zoo.MODELS.items()
    if entry.format in ("graphdef", "graphdef-text", "savedmodel") and name not in _LEFT_OUT
]
_NUMBERS = (
    *("float16", "float32", "float64", "int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64", "bool", "complex64", "complex128"),
)


@pytest.fixture(scope="module")
def program(tensorflow: Any, tmp_path_factory: pytest.TempPathFactory) -> Program:
    return compile_program(tmp_path_factory.mktemp("run_model"))


@pytest.mark.parametrize("name", _MODELS)
def test_answers_as_python_does(name: str, program: Program, model_path: Callable[[str], Path], tmp_path: Path) -> None:
    path, model_format = model_path(name), zoo.MODELS[name].format
    for number, answer in enumerate(answers(name, path, model_format, tmp_path)):
        found = outputs(program, path, answer, tmp_path / str(number))
        assert set(found) == {*answer.outputs, *answer.scores}
        assert largest_difference(found, {**answer.outputs, **answer.scores}) < 1e-5


@pytest.mark.parametrize("dtype", _NUMBERS)
def test_passes_numbers_of_every_dtype_on(dtype: str, program: Program, tmp_path: Path) -> None:
    import numpy as np

    chance = np.random.default_rng(0)
    value = np.frombuffer(chance.bytes(3 * 5 * 16), np.uint8).view("uint8" if dtype == "bool" else dtype)[:15]
    value = (value % 2 == 1 if dtype == "bool" else value).reshape(3, 5)
    found = _through_identity(program, tmp_path, value, dtype)
    assert found.dtype == value.dtype
    assert np.array_equal(found.view(np.uint8), value.view(np.uint8))


@pytest.mark.parametrize(("dtype", "stored"), [("bfloat16", "uint16"), ("qint8", "int8"), ("quint16", "uint16")])
def test_passes_what_numpy_does_not_have_on_as_integers(
    dtype: str, stored: str, program: Program, tmp_path: Path
) -> None:
    import numpy as np

    value = np.arange(6, dtype=stored).reshape(2, 3)
    found = _through_identity(program, tmp_path, value, dtype)
    assert found.dtype == value.dtype
    assert np.array_equal(found, value)


@pytest.mark.parametrize(
    "value",
    [["plain", "naïve café", "日本", "", "🙂"], [b"\xff\xfe", b"a\x00b", b"\n"], b"scalar", [[b"a"], [b"bc"]], []],
    ids=["Unicode", "bytes", "scalar", "matrix", "empty"],
)
def test_passes_strings_on(value: Any, program: Program, tmp_path: Path) -> None:
    import numpy as np

    array = np.asarray(value) if value else np.zeros([0], "S1")
    found = _through_identity(program, tmp_path, array, "string")
    assert found.tolist() == (np.char.encode(array, "utf-8") if array.dtype.kind == "U" else array).tolist()


def test_reads_strings_of_a_text_file(program: Program, tmp_path: Path) -> None:
    model = _identity(tmp_path, "string")
    lines = tmp_path / "lines.txt"
    lines.write_bytes("one\r\ntwo  words\n\ncafé".encode())
    done = program.run(model, "--feed", f"x=@{lines}", "--format", "json")
    assert json.loads(done.stdout)["outputs"][0]["values"] == ["one", "two  words", "", "café"]


def test_fills_what_nobody_feeds_and_says_so(program: Program, tmp_path: Path) -> None:
    done = program.run(_identity(tmp_path, "float32", [-1, 4]))
    assert done.stdout == "y DT_FLOAT [1, 4] 0 0.370000005 0.74000001 0.100000001\n"
    assert "filled with a fixed pattern, because there is no --feed: x (DT_FLOAT [?, 4])" in done.stderr


def test_numbers_in_text_are_the_numbers(program: Program, tmp_path: Path) -> None:
    import numpy as np

    value = np.array([0.1, -1e-30, np.nan, np.inf, 3.0e38], np.float32)
    np.save(tmp_path / "x.npy", value)
    done = program.run(_identity(tmp_path, "float32"), "--feed", f"x={tmp_path / 'x.npy'}")
    name, dtype, shape, *shown = done.stdout.split()
    assert (name, dtype, shape) == ("y", "DT_FLOAT", "[5]")
    assert difference(np.array(shown, np.float32), value) == 0.0


def test_lists_signatures(program: Program) -> None:
    done = program.run(resource("data/demo/line_language"), "--list")
    assert done.returncode == 0
    assert done.stdout.splitlines()[:2] == [
        "signature serving_default",
        "  input lines: serving_default_lines:0, DT_STRING [?]",
    ]


def test_names_the_op_that_the_library_does_not_have(program: Program, tmp_path: Path) -> None:
    done = program.run(_graph(tmp_path, "NoSuchOp", "float32"))
    assert done.returncode == 1
    assert "Op type not registered 'NoSuchOp'" in done.stderr
    assert "this library does not have the op NoSuchOp; `opsieve check" in done.stderr


def test_names_the_op_without_a_kernel(program: Program, tmp_path: Path) -> None:
    # An op that has kernels for GPUs only.
    attrs = {"reduction": 's: "sum"', "num_devices": "i: 1", "shared_name": 's: "a"'}
    text = " ".join(f'attr {{ key: "{name}" value {{ {value} }} }}' for name, value in attrs.items())
    done = program.run(_graph(tmp_path, "NcclAllReduce", "float32", text))
    assert done.returncode == 1
    assert "No OpKernel was registered to support Op 'NcclAllReduce'" in done.stderr
    assert "this library has no kernel for these types of the op NcclAllReduce; `opsieve check" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--feed", "x=float64.npy"], 'numpy\'s type <f8, and input "x" is DT_FLOAT [?, 4]; it needs <f4'),
        (["--feed", "x=shape.npy"], 'the shape [2, 3], and input "x" is DT_FLOAT [?, 4]'),
        (["--feed", "x=cut.npy"], "ends before its last element"),
        (["--feed", "x=fortran.npy"], "numpy.ascontiguousarray"),
        (["--feed", "x=missing.npy"], "missing.npy: cannot be read"),
        (["--feed", "x=model.pb"], "is no .npy file"),
        (["--feed", "z=good.npy"], 'has no input and no tensor "z"; its inputs: x'),
        (["--feed", "x=good.npy", "--feed", "x:0=good.npy"], "--feed names x:0 twice"),
        (["--fetch", "z"], 'has no output and no tensor "z"; its outputs: y'),
        (["--signature", "z"], "is a GraphDef, which has no signatures"),
        (["--runs", "0"], "--runs needs a number from 1"),
        (["--frobnicate"], "there is no option --frobnicate"),
    ],
)
def test_wrong_words_end_with_status_2(words: list[str], says: str, program: Program, tmp_path: Path) -> None:
    import numpy as np

    model = _identity(tmp_path, "float32", [-1, 4])
    good = np.ones((2, 4), np.float32)
    for name, value in (
        ("good", good),
        ("float64", good.astype("float64")),
        ("shape", np.ones((2, 3), np.float32)),
        ("fortran", np.asfortranarray(good)),
    ):
        np.save(tmp_path / f"{name}.npy", value)
    (tmp_path / "cut.npy").write_bytes((tmp_path / "good.npy").read_bytes()[:-3])
    done = program.run(model, *(word.replace("=", f"={tmp_path}/") for word in words))
    assert done.returncode == 2
    assert says in done.stderr


@pytest.mark.parametrize("name", ["digits_mlp.pb", "digits_cnn.pbtxt", "line_language"])
def test_damaged_models_never_crash_it(name: str, program: Program, tmp_path: Path) -> None:
    source = resource(f"data/demo/{name}")
    model = tmp_path / name
    if source.is_dir():
        shutil.copytree(source, model)
    file = model / "saved_model.pb" if source.is_dir() else model
    whole = (source / file.name if source.is_dir() else source).read_bytes()
    chance = random.Random(name)
    for _ in range(25):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 3, 30])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        file.write_bytes(data)
        done = program.run(model)
        assert done.returncode in (0, 1, 2), done.stderr[-2000:]
        assert done.returncode == 0 or "run_model: " in done.stderr


def test_functions_that_call_each_other_without_end_are_refused(program: Program, tmp_path: Path) -> None:
    functions = "".join(
        f'function {{ signature {{ name: "{name}" input_arg {{ name: "a" type: DT_FLOAT }} '
        f'output_arg {{ name: "b" type: DT_FLOAT }} }} node_def {{ name: "n" op: "{called}" input: "a" }} '
        f'ret {{ key: "b" value: "n:b:0" }} }}'
        for name, called in (("F", "G"), ("G", "F"))
    )
    done = program.run(_graph(tmp_path, "F", "float32", more=f"library {{ {functions} }}"))
    assert done.returncode == 2
    assert 'function "F" calls itself, or one that does, without end' in done.stderr


def _through_identity(program: Program, folder: Path, value: Any, dtype: str) -> Any:
    import numpy as np

    np.save(folder / "x.npy", value)
    words = ["--feed", f"x={folder / 'x.npy'}", "--output", folder / "out", "--format", "json"]
    done = program.run(_identity(folder, dtype), *words)
    assert done.returncode == 0, done.stderr
    (one,) = json.loads(done.stdout)["outputs"]
    assert one["shape"] == list(value.shape)
    return np.load(one["file"])


def _identity(folder: Path, dtype: str, shape: list[int] | None = None) -> Path:
    return _graph(folder, "Identity", dtype, shape=shape)


def _graph(
    folder: Path, op: str, dtype: str, attrs: str = "", *, shape: list[int] | None = None, more: str = ""
) -> Path:
    """A GraphDef with a placeholder x and a node y that reads it."""
    import tensorflow as tf
    from google.protobuf import text_format
    from tensorflow.core.framework import graph_pb2, types_pb2

    number = types_pb2.DataType.Name(tf.as_dtype(dtype).as_datatype_enum)
    sizes = "".join(f"dim {{ size: {size} }}" for size in shape) if shape else "unknown_rank: true"
    graph = text_format.Parse(
        f"""
        node {{ name: "x" op: "Placeholder" attr {{ key: "dtype" value {{ type: {number} }} }}
          attr {{ key: "shape" value {{ shape {{ {sizes} }} }} }} }}
        node {{ name: "y" op: "{op}" input: "x" attr {{ key: "T" value {{ type: {number} }} }} {attrs} }}
        {more}
        versions {{ producer: 1482 }}
        """,
        graph_pb2.GraphDef(),
    )
    path = folder / "model.pb"
    path.write_bytes(graph.SerializeToString())
    return path
