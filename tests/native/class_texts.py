"""Kernel class texts as TensorFlow's source trees have them, made up at random from a seed."""

from __future__ import annotations

import random

_TYPES = (
    "float",
    "double",
    "int8",
    "uint8",
    "::tensorflow::int32",
    "int64_t",
    "::int64_t",
    "Eigen::half",
    "bfloat16",
    "complex64",
    "std::complex<double>",
    "bool",
    "tstring",
    "qint8",
    "unsigned int",
    "long long",
)
_FUNCTORS = (
    "add",
    "sub",
    "mul",
    "div",
    "maximum",
    "sqrt",
    "exp",
    "log",
    "tanh",
    "less",
    "equal_to",
    "floor",
    "square",
    "neg",
    "inverse",
    "pow",
    "xdivy",
)
_SHAPES = (
    "BinaryOp<CPUDevice, functor::{f}<{t}>>",
    "UnaryOp<CPUDevice, functor::{f}<{t}>>",
    "ReductionOp<CPUDevice, {t}, {u}, functor::{f}Reducer<{t}>>",
    "ScatterNdUpdateOp<CPUDevice, {t}, {u}, scatter_nd_op::UpdateOp::{f}>",
    "(CholeskyOp<{t}, {f}>)",
    "SimpleBinaryOp<CPUDevice, functor::{f}_grad<{t}>>",
    "LookupTableOp<lookup::HashTable<{t}, {u}>, {t}, {f}>",
    "{f}Op<{t}>",
    "ResourceApply{f}Op<CPUDevice, {t}>",
    "QuantizedConv2D<{t}, {u}, {f}, functor::Im2ColConvFunctor<{t}, {u}, {t}, ReferenceGemm<{t}, {u}, {t}>>>",
)


def class_texts(count: int, seed: int = 7) -> list[str]:
    """``count`` texts, no two of them equal when spaces are left out."""
    everything = [
        shape.format(f=functor, t=first, u=second)
        for shape in _SHAPES
        for functor in _FUNCTORS
        for first in _TYPES
        for second in _TYPES
    ]
    texts = list({text.replace(" ", ""): text for text in everything}.values())
    return random.Random(seed).sample(texts, count)


# Texts that are hard to write in C++: none of them may be refused, or be taken for another.
HARD = (
    "Quoted<'\"'>",
    "Back\\slash",
    "Op<'\\\\'>",
    "Trigraph??)<float>??/",
    "Nested<A<B<C>>>",
    "((double)parentheses)",
    "Größe<é>",
    "多<float>",
    "digit\x01" + "7after_a_control_character",
    "percent%s{{ braces }} {% block %}",
)
