"""TensorFlow honours the header: what is selected is in the library and works, what is not is absent."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from native.class_texts import HARD, class_texts
from native.compilers import check, require, run
from native.test_header_compiles import header, literal, variants

_SOURCE = Path(__file__).with_name("honoured_ops.cc")

# In a process of its own: a library cannot be unloaded again, and TensorFlow's own messages stay out of the results.
_PROBE = """
import json, sys
import numpy as np
import tensorflow as tf

library = tf.load_op_library(sys.argv[1])
results = {}
for op in ("opsieve_twice", "opsieve_negative", "opsieve_twice_again"):
    for dtype in ("float32", "float64", "float16"):
        try:
            function = getattr(library, op)
        except AttributeError:
            results[f"{op} {dtype}"] = "no op"
            continue
        try:
            results[f"{op} {dtype}"] = function(x=np.array([1.5, -2.0, 0.25], dtype)).numpy().tolist()
        except tf.errors.NotFoundError:
            results[f"{op} {dtype}"] = "no kernel"
print("RESULTS" + json.dumps(results))
"""


@pytest.fixture(scope="session")
def tensorflow_flags(tensorflow: Any) -> tuple[list[str], list[str]]:
    """The compile and link flags of the installed wheel, whose headers are what is tested."""
    return tensorflow.sysconfig.get_compile_flags(), tensorflow.sysconfig.get_link_flags()


def library_results(
    folder: Path, ops: list[str], classes: list[str], flags: tuple[list[str], list[str]]
) -> dict[str, object]:
    require("g++")
    header(folder, ops, classes)
    library = folder / "libhonoured.so"
    compile_flags, link_flags = flags
    options = ["-shared", "-fPIC", "-O1", "-w", "-DSELECTIVE_REGISTRATION", f"-I{folder}"]
    run(["g++", *options, *compile_flags, _SOURCE, "-o", library, *link_flags])
    probe = [sys.executable, "-c", _PROBE, str(library)]
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    results: dict[str, object] = json.loads(done.stdout.partition("RESULTS")[2])
    return results


def test_selected_kernels_run_and_others_are_absent(
    tmp_path: Path, tensorflow_flags: tuple[list[str], list[str]]
) -> None:
    results = library_results(
        tmp_path,
        ["OpsieveTwice", "OpsieveNegative"],
        ["MultiplyOp<2, CPUDevice, float>", "MultiplyOp<-1,CPUDevice,double>"],
        tensorflow_flags,
    )
    assert results == {
        "opsieve_twice float32": [3.0, -4.0, 0.5],
        "opsieve_twice float64": "no kernel",
        "opsieve_twice float16": "no kernel",
        "opsieve_negative float32": "no kernel",
        "opsieve_negative float64": [-1.5, 2.0, -0.25],
        "opsieve_negative float16": "no kernel",
        "opsieve_twice_again float32": "no op",
        "opsieve_twice_again float64": "no op",
        "opsieve_twice_again float16": "no op",
    }


def test_every_answer_is_the_one_of_tensorflows_own_header(tmp_path: Path, tensorflow: Any) -> None:
    """Both headers in one translation unit, asked the same about texts spaced in every way."""
    from tensorflow.python.tools import selective_registration_header_lib as reference

    require("g++")
    everything = class_texts(120)
    # TensorFlow's generator writes class texts unescaped: the hard ones that this breaks are for the other tests.
    everything += [text for text in HARD if text.isascii() and text.isprintable() and not set(text) & set('"\\?')]
    selected = everything[::2]
    pairs = {("Add" if i % 2 else "_Send", text) for i, text in enumerate(selected)}
    theirs = reference.get_header_from_ops_and_kernels(pairs, False)
    for macro in ("OP(", "OP_KERNEL(", "OP_GRADIENT"):
        theirs = theirs.replace(f"SHOULD_REGISTER_{macro}", f"THEIR_SHOULD_REGISTER_{macro}")
    (tmp_path / "theirs.h").write_text(theirs)
    header(tmp_path, ["Add", "_Send"], selected)
    body = ['#include "theirs.h"', '#include "ops_to_register.h"']
    queries = [query for text in random.Random(3).sample(everything, 25) for query in variants(text)]
    for query in [*queries, "", " "]:
        asked = literal(query)
        body.append(
            f'static_assert(SHOULD_REGISTER_OP_KERNEL({asked}) == THEIR_SHOULD_REGISTER_OP_KERNEL({asked}), "");'
        )
    for op in ("Add", "_Send", " Add", "A dd", "_Recv", "Ad", "", "AddV2", "_Send "):
        body.append(f'static_assert(SHOULD_REGISTER_OP("{op}") == THEIR_SHOULD_REGISTER_OP("{op}"), "");')
    body.append('static_assert(SHOULD_REGISTER_OP_GRADIENT == THEIR_SHOULD_REGISTER_OP_GRADIENT, "");')
    source = tmp_path / "both.cc"
    source.write_text("\n".join(body) + "\n")
    check("g++", "c++17", source, "-Wno-unused")
