"""Reading nodes from TensorFlow's log, on lines as TensorFlow 2.14 writes them."""

from __future__ import annotations

import pytest

from e2e import kernel_log

_MADE = "2026-01-01 00:00:00.000000: I tensorflow/core/framework/op_kernel.cc:1698] Instantiating kernel for node: "
_RUN = "2026-01-01 00:00:00.000000: I tensorflow/core/common_runtime/executor.cc:844] Process node: 3 step 7 "
_CPU = '_device="/job:localhost/replica:0/task:0/device:CPU:0"'


def _only(line: str) -> kernel_log.Logged:
    (node,) = kernel_log.nodes(line)
    return node


def test_reads_types_lists_labels_and_devices() -> None:
    node = _only(
        f'{_MADE}{{{{node a/b}}}} = Pad[T=DT_FLOAT, Tin=[DT_INT32, DT_STRING], Tnone=[], _kernel="fast", {_CPU}](x, ^y)'
    )
    assert node.types == (("T", "DT_FLOAT"), ("Tin", ("DT_INT32", "DT_STRING")))
    assert (node.name, node.op, node.label, node.ran) == ("a/b", "Pad", "fast", False)
    assert node.device == "/job:localhost/replica:0/task:0/device:CPU:0"


def test_attrs_of_functions_and_text_are_not_the_nodes() -> None:
    text = r'metadata="] T=DT_HALF, \" T=DT_HALF, "'
    node = _only(f"{_MADE}{{{{node m}}}} = MapDataset[Targuments=[DT_INT64], f=G[T=DT_INT32, U=DT_INT8], {text}](x)")
    assert node.types == (("Targuments", ("DT_INT64",)),)


def test_a_tensor_of_strings_does_not_hide_its_dtype() -> None:
    node = _only(f'{_MADE}{{{{node c}}}} = Const[dtype=DT_STRING, value=Tensor<type: string values: ]a">, {_CPU}]()')
    assert dict(node.types) == {"dtype": "DT_STRING"}


def test_a_dead_node_did_not_run() -> None:
    node = "{{node s}} = Switch[T=DT_INT32](a, b)"
    assert _only(f"{_RUN}{node} device: /job:localhost/device:CPU:0").ran
    assert not _only(f"{_RUN}{node} is dead device: /job:localhost/device:CPU:0").ran


def test_long_lists_are_without_their_middle() -> None:
    assert kernel_log.shortened(("DT_INT8",) * 29) == ("DT_INT8",) * 29
    ends = ["DT_INT32"] * 5 + ["..."] + ["DT_HALF"] * 5
    node = _only(f"{_MADE}{{{{node s}}}} = SaveV2[dtypes=[{', '.join(ends)}]{{attr_hash=12}}](x)")
    every = ("DT_INT32",) * 5 + ("DT_INT8",) * 30 + ("DT_HALF",) * 5
    assert node.types == (("dtypes", kernel_log.shortened(every)),)


def test_says_what_it_cannot_read_and_passes_over_the_rest() -> None:
    assert list(kernel_log.nodes("2026-01-01: I tensorflow/core/util/port.cc:111] oneDNN = on[]")) == []
    with pytest.raises(kernel_log.Unreadable, match="nothing like a node"):
        list(kernel_log.nodes(f"{_MADE}nothing like a node"))
