"""Which texts that start-up code hands on are kernels, told by the functions that they are handed to."""

from __future__ import annotations

from opsieve.binary.evidence import Evidence
from opsieve.binary.names import Names
from opsieve.binary.startup import Event, Handed
from opsieve.binary.trace import Piece

_NAME, _VIEW, _REGISTRAR = 0x100, 0x200, 0x300
_CLASSES = {"IdentityOp": "Identity", "ReluOp<float>": "Relu", "NoOp": "NoOp"}
_NAMES = Names(
    ops={*_CLASSES.values()},
    pairs={text: {op: [(op, text)]} for text, op in _CLASSES.items()},
    defined=dict.fromkeys(_CLASSES.values(), ()),
)


def _kernels(*functions: list[Handed]) -> set[str]:
    evidence = Evidence(_NAMES)
    for function in functions:
        evidence.add(function)
    evidence.settle()
    return {op for op, _ in evidence.kernels}


def _name(op: str) -> Handed:
    return Handed(op, _NAME, 1, False)


def test_a_class_called_like_its_op_is_known_by_its_function() -> None:
    view = [_name("Relu"), Handed("ReluOp<float>", _VIEW, 1, False)]
    assert _kernels(view, [_name("NoOp"), Handed("NoOp", _VIEW, 1, False)]) == {"Relu", "NoOp"}
    assert _kernels(view, [_name("NoOp"), _name("NoOp")]) == {"Relu"}


def test_one_file_may_make_its_string_views_in_place() -> None:
    # GCC for 32-bit ARM: where a file's texts are few, their lengths are constants beside them.
    view = [_name("Relu"), Handed("ReluOp<float>", _VIEW, 1, False)]
    assert _kernels(view, [_name("NoOp"), Handed("NoOp", _REGISTRAR, 3, True)]) == {"Relu", "NoOp"}


def test_kernels_of_the_c_api_are_called_like_their_ops() -> None:
    view = [_name("Relu"), Handed("ReluOp<float>", _VIEW, 1, False)]
    new, register = Handed("NoOp", 0x400, 0, False), Handed("NoOp", 0x500, 0, False)
    assert _kernels(view, [new, register]) == {"Relu", "NoOp"}
    assert _kernels(view, [new]) == {"Relu"}


def test_a_function_that_is_handed_names_is_handed_no_classes() -> None:
    view = [_name("Relu"), Handed("ReluOp<float>", _VIEW, 1, False)]
    measured = [Handed(op, _REGISTRAR, 2, True) for op in ("Identity", "NoOp")]
    assert _kernels(view, [_name("NoOp"), *measured]) == {"Relu"}


def _ops(*events: Event) -> set[str]:
    names = Names(
        ops={"MatMul", "Relu"},
        pairs={},
        defined={"MatMul": ("a:T", "product:T", "transpose_a:"), "Relu": ("features:T",)},
        beginnings={op[:length] for op in ("MatMul", "Relu") for length in range(1, len(op) + 1)},
    )
    evidence = Evidence(names)
    evidence.add(events)
    evidence.settle()
    return evidence.ops()


def test_code_may_copy_the_end_of_a_name_first() -> None:
    # g++ -O2, x86-64: the last two characters are in a register before the first four are stored.
    said = Handed("transpose_a: bool = false", 0x600, 1, False)
    assert _ops(Piece(b"ul"), Piece(b"MatM"), said) == {"MatMul"}
    assert _ops(Piece(b"MatM"), Piece(b"ul"), said) == {"MatMul"}
    assert _ops(Piece(b"ul"), Piece(b"MatM"), Handed("features: T", 0x600, 1, False)) == set()
    assert _ops(Piece(b"ul"), Piece(b"x: T"), said) == set()
