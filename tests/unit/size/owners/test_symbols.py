"""Names that a compiler makes, taken apart, compared with what a demangler says of them."""

from __future__ import annotations

import shutil

import pytest

from opsieve.binary.demangling import demangled
from opsieve.size.attribution import PACKAGE, PROGRAM, PROTOS, RUNTIME, TOOLCHAIN
from opsieve.size.owners.symbols import SymbolOwners, message_classes, parts_of

_PARTS = {
    "_ZN10tensorflow6TensorC1Ev": ("tensorflow", "Tensor"),
    "_ZNK10tensorflow6Tensor5shapeEv": ("tensorflow", "Tensor", "shape"),
    "_ZTVN10tensorflow8OpKernelE": ("tensorflow", "OpKernel"),
    "_ZTSN6google8protobuf7MessageE": ("google", "protobuf", "Message"),
    "_ZGVZN3tsl3Env7DefaultEvE1x": ("tsl", "Env", "Default"),
    "_ZThn16_N10tensorflow13DirectSessionD0Ev": ("tensorflow", "DirectSession"),
    "_ZNSt6vectorIiSaIiEE9push_backEOi": ("std", "vector"),
    "_ZN10tensorflow12_GLOBAL__N_14HashEv": ("tensorflow", "_GLOBAL__N_1", "Hash"),
    "__ZN3tsl3Env7DefaultEv": ("tsl", "Env", "Default"),
    "_Z17TF_TString_AssignP10TF_TString": ("TF_TString_Assign",),
    "main": (),
    "_ZN99999foo": (),
    "_Z": (),
}


@pytest.mark.parametrize("name", _PARTS)
def test_the_parts_of_a_name(name: str) -> None:
    assert parts_of(name) == _PARTS[name]


def test_a_demangler_finds_the_same_parts() -> None:
    if shutil.which("c++filt") is None:
        pytest.skip("c++filt is not installed")
    texts = demangled(_PARTS)
    compared = 0
    for name, parts in _PARTS.items():
        if name in texts and parts:
            wanted = "::".join(parts).replace("_GLOBAL__N_1", "(anonymous namespace)")
            assert wanted.replace("vector", "vector<int, std::allocator<int> >") in texts[name]
            compared += 1
    assert compared >= 8


@pytest.mark.parametrize(
    ("name", "kind", "owner"),
    [
        ("_ZN10tensorflow6TensorC1Ev", RUNTIME, "tensorflow"),
        ("_ZN4absl12lts_202301254CordC1Ev", PACKAGE, "abseil"),
        ("_ZN5Eigen8internal4gebpEv", PACKAGE, "eigen"),
        ("_ZNSt6vectorIN10tensorflow6TensorESaIS1_EE9push_backEv", RUNTIME, "tensorflow"),
        ("_ZNSt6vectorIiSaIiEE9push_backEv", TOOLCHAIN, "C++ library"),
        ("_ZN6google8protobuf7Message5ClearEv", PACKAGE, "protobuf"),
        ("_ZN6google8protobuf5Arena18CreateMaybeMessageIN10tensorflow7AttrDefEEEPT_PS1_", PROTOS, "protos"),
        ("_ZN10tensorflow7AttrDef5ClearEv", PROTOS, "protos"),
        ("_ZTVN10tensorflow7AttrDefE", PROTOS, "protos"),
        ("_ZN10tensorflow8AttrDefs5ClearEv", RUNTIME, "tensorflow"),
        ("_ZN10tensorflow27_AttrDef_default_instance_E", PROTOS, "protos"),
        ("_GLOBAL__sub_I_attr.pb.cc", PROTOS, "protos"),
        ("nsync_mu_lock", PACKAGE, "nsync"),
        ("main", PROGRAM, "program"),
        ("_start", TOOLCHAIN, "start-up files"),
        ("_ZN5myapp3runEv", PROGRAM, "myapp"),
    ],
)
def test_a_name_tells_its_owner(name: str, kind: str, owner: str) -> None:
    messages = message_classes(["_ZNK10tensorflow7AttrDef12ByteSizeLongEv"])
    found = SymbolOwners(messages).owner(name)
    assert (found.kind, found.name) == (kind, owner)


def test_demangling_keeps_names_and_lines_together() -> None:
    if shutil.which("c++filt") is None:
        pytest.skip("c++filt is not installed")
    names = ["_ZN1a1bEv", "plain", "_Z1c\n_Z1d", "_ZN", "_ZN1x1yEi"]
    assert demangled(names)["_ZN1x1yEi"] == "x::y(int)"
    assert demangled(names)["_ZN1a1bEv"] == "a::b()"
    assert "plain" not in demangled(names)


def test_a_name_that_stands_for_an_endless_one_is_bounded() -> None:
    if shutil.which("c++filt") is None:
        pytest.skip("c++filt is not installed")
    # Each S_ doubles what is before it.
    bomb = "_Z1fI" + "1aIiE" + "".join(f"1bIS{number}_S{number}_E" for number in ("", *range(8))) + "EvT_"
    texts = demangled([bomb, "_ZN1x1yEi"])
    assert sum(map(len, texts.values())) < 1 << 22
