"""Damaged files: whatever the bytes are, the answer is a model or an OpsieveError, and it comes quickly."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsieve.errors import OpsieveError
from opsieve.models import read_model
from opsieve.models.usage import Model

from . import encode as e
from .test_json_and_lists import FUNCTION, NODE
from .test_text_format import SPELLINGS

_TENSOR = e.message((8, e.message((1, 1), (4, bytes(30)))))
_LIBRARY = e.library(
    e.function(
        "F", e.node("x", "Mul", T=e.message((9, "T"))), attrs=[e.message((1, "T"), (2, "type"))], ret={"y": "x:z:0"}
    ),
    gradients={"F": "F"},
)
_GRAPH = e.graph(
    e.node("c", "Const", value=_TENSOR, dtype=e.type_attr(1)),
    e.node("f", "PartitionedCall", ["c"], "/cpu:0", Tin=e.types_attr(1), f=e.function_attr("F", T=e.type_attr(1))),
    library=_LIBRARY,
)
_META = e.meta_graph(_GRAPH, ["serve"], s=e.signature({"x": e.tensor_info("c:0")}, {"y": e.tensor_info("f:0")}))

SEEDS = {
    "graphdef": _GRAPH,
    "metagraph": _META,
    "savedmodel": e.saved_model(_META),
    "tfjs": json.dumps({"modelTopology": {"node": [NODE], "library": {"function": [FUNCTION]}}}).encode(),
    "ops-list": b'[["Add", "BinaryOp<float>"], ["NoOp", ""]]',
    "ops-yaml": b"ops:\n- MatMul\n- Add: {T: [float, DT_INT32]}\n- {op: Sub, kernel: 'A<b>'}\n",
    **{f"text, {name}": text.encode() for name, text in SPELLINGS.items()},
}


def attempt(content: bytes) -> Model | None:
    """Read these bytes as a file; None when they are refused."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model"
        file.write_bytes(content)
        began = time.monotonic()
        try:
            return read_model(file)
        except OpsieveError as error:
            if str(file) not in error.message:
                pytest.fail(f"the message does not name the file: {error.message}")
            return None
        finally:
            assert time.monotonic() - began < 2


@pytest.mark.parametrize("seed", SEEDS)
def test_cut_off_at_every_byte(seed: str) -> None:
    whole = SEEDS[seed]
    model = attempt(whole)
    assert model is not None
    for length in range(len(whole)):
        part = attempt(whole[:length])
        # A cut between two fields leaves a smaller, whole message.
        assert part is None or len(part.nodes) <= len(model.nodes)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400))
def test_random_bytes(content: bytes) -> None:
    attempt(content)


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from("node{}<>[]:\"'\\#,; \n\t01xopattrkeyvalue-"), max_size=200))
def test_random_text(content: str) -> None:
    attempt(b"node " + content.encode())


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(SEEDS)),
    st.lists(
        st.tuples(st.integers(0, 4000), st.integers(0, 3), st.binary(min_size=1, max_size=12)), min_size=1, max_size=4
    ),
)
def test_changed_bytes(seed: str, changes: list[tuple[int, int, bytes]]) -> None:
    content = bytearray(SEEDS[seed])
    for position, removed, inserted in changes:
        position %= len(content) + 1
        content[position : position + removed] = inserted
    attempt(bytes(content))
