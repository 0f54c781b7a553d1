"""Class texts of registrations find the symbols that compilers make of them."""

from __future__ import annotations

import pytest

from opsieve.size.owners.class_texts import base_name, comparable, computed_with, elements, mentions

_POOL = "Eigen::ThreadPoolDevice"


@pytest.mark.parametrize(
    ("class_text", "symbol"),
    [
        ("BiasOp<CPUDevice, float>", f"tensorflow::BiasOp<{_POOL}, float>::Compute(tensorflow::OpKernelContext*)"),
        ("BiasOp<CPUDevice, float>", f"vtable for tensorflow::BiasOp<{_POOL}, float>"),
        (
            "BatchMatMulOp<CPUDevice, float, float, float, true>",
            f"tensorflow::BatchMatMulOp<{_POOL}, float, float, float, true>::~BatchMatMulOp()",
        ),
        ("CastOp<CPUDevice, int64_t>", f"tensorflow::CastOp<{_POOL}, long>::Compute()"),
        ("CastOp<CPUDevice, int64>", f"tensorflow::CastOp<{_POOL}, long long>::Compute()"),
        ("CastOp<CPUDevice, uint8>", f"tensorflow::CastOp<{_POOL}, unsigned char>::Compute()"),
        ("CastOp<CPUDevice, complex64>", f"tensorflow::CastOp<{_POOL}, std::complex<float> >::Compute()"),
        ("CastOp<CPUDevice, tstring>", f"tensorflow::CastOp<{_POOL}, tsl::tstring>::Compute()"),
        ("CastOp<CPUDevice, Eigen::half>", f"tensorflow::CastOp<{_POOL}, Eigen::half>::Compute()"),
        (
            "BinaryOp<CPUDevice, functor::add<float>>",
            f"tensorflow::BinaryOp<{_POOL}, tensorflow::functor::add<float> >::Compute()",
        ),
        ("FillOp<CPUDevice, float>", f"tensorflow::FillOp<{_POOL}, float, int>::Compute()"),
        ("IdentityOp", "tensorflow::IdentityOp::Compute(tensorflow::OpKernelContext*)"),
        ("IdentityOp", "typeinfo name for tensorflow::IdentityOp"),
        ("HashOp", "tensorflow::(anonymous namespace)::HashOp::Compute()"),
    ],
)
def test_a_symbol_of_the_class_names_it(class_text: str, symbol: str) -> None:
    assert mentions(symbol, comparable(class_text))


@pytest.mark.parametrize(
    ("class_text", "symbol"),
    [
        ("BiasOp<CPUDevice, float>", f"tensorflow::BiasOp<{_POOL}, double>::Compute()"),
        ("BiasOp<CPUDevice, float>", f"tensorflow::OtherBiasOp<{_POOL}, float>::Compute()"),
        ("IdentityOp", "tensorflow::IdentityOpBase::Compute()"),
        ("IdentityOp", "tensorflow::MyIdentityOp::Compute()"),
        ("CastOp<CPUDevice, int8>", f"tensorflow::CastOp<{_POOL}, unsigned char>::Compute()"),
        ("CastOp<CPUDevice, int32>", f"tensorflow::CastOp<{_POOL}, unsigned int>::Compute()"),
    ],
)
def test_a_symbol_of_another_class_does_not(class_text: str, symbol: str) -> None:
    assert not mentions(symbol, comparable(class_text))


def test_parts_of_class_texts() -> None:
    assert base_name("functor::BiasOp<CPUDevice, float>") == "BiasOp"
    assert base_name("NoOp") == "NoOp"
    assert elements(comparable("CastOp<CPUDevice, int64_t, Eigen::half>")) == {"int64", "half"}
    assert elements(comparable("IdentityOp")) == frozenset()


def test_what_templates_compute_with_is_not_their_index() -> None:
    symbol = comparable("Eigen::internal::scalar_sum_op<float, float>::f(Eigen::Tensor<float const, 2, 1, long>)")
    assert computed_with(symbol) == {"float"}
