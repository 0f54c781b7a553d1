"""Attributions like those of real libraries, made up: the same for the same numbers."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import lru_cache

from opsieve.size.attribution import (
    FORMAT,
    KERNEL,
    OP,
    PACKAGE,
    PROGRAM,
    PROTOS,
    RUNTIME,
    TOOLCHAIN,
    UNATTRIBUTED,
    Attribution,
    Owner,
    Part,
)

OPS = ("MatMul", "BiasAdd", "Softmax", "Conv2D", "AddV2", "Relu", "Mean", "ConcatV2", "Reshape", "StridedSlice")
DTYPES = ("DT_FLOAT", "DT_HALF", "DT_INT32", "DT_INT64", "DT_DOUBLE", "DT_BOOL")
MODELS = ("mlp.pb", "mobilenet.pb", "speech/saved_model.pb")
PACKAGES = ("protobuf", "abseil", "eigen", "nsync", "farmhash")
_WORDS = ("Compute", "Launch", "Evaluate", "Allocate", "Lookup", "Parse", "Serialize", "Resolve", "Insert", "Visit")


@lru_cache(maxsize=8)
def library(owners: int = 2000, parts: int = 60_000, seed: int = 1) -> Attribution:
    """A shared library with ``owners`` owners, each with a part or more, ``parts`` in all, and every kind of owner."""
    chance = random.Random(seed)
    who = [_owner(number, chance) for number in range(owners)]
    made: list[Part] = []
    offset = 0
    for number in range(parts):
        owner = number if number < owners else min(int(chance.expovariate(6 / owners)), owners - 1)
        kind = who[owner].kind
        size = int(chance.lognormvariate(4.3, 1.3)) + 1
        section = chance.choice((".text", ".text", ".text", ".rodata", ".data.rel.ro", ".bss"))
        in_file, loaded = (0, size) if section == ".bss" else (size, size)
        if kind == FORMAT:
            section, in_file, loaded = (".symtab", size, 0) if number % 2 else (".rela.dyn", size, size)
        source, target = _place(who[owner], number, chance)
        symbol = "" if kind in (FORMAT, UNATTRIBUTED) else _symbol(who[owner], number, chance)
        shared = (f"{symbol} [clone]", symbol) if number % 97 == 0 and symbol else ()
        made.append(Part(offset, in_file, loaded, section, target, source, symbol, owner, shared))
        offset += in_file
    return Attribution(
        file="libtensorflow_selective.so",
        kind="ELF shared library",
        machine="aarch64",
        file_size=offset,
        loaded_size=sum(part.loaded_size for part in made),
        owners=tuple(who),
        parts=tuple(made),
        evidence=("linker map (lld)", "symbols", "selection.json"),
        build=(("compiler", "clang 19.1.4"), ("options", "-Os -ffunction-sections"), ("TensorFlow", "2.14.0")),
    )


def older(attribution: Attribution, gone: str = "Softmax", added: str = "ArgMax") -> Attribution:
    """A baseline of ``attribution``: without what is of the op ``gone``, with an op ``added`` that is no longer there,
    and every 50th part 10 % smaller. Compiled with -O2.
    """
    owners = (*attribution.owners, Owner(f"{added}/{added}Op<CPUDevice, float>", KERNEL, (added,), (), ("DT_FLOAT",)))
    made: list[Part] = []
    offset = 0
    for number, part in enumerate(attribution.parts):
        if gone in owners[part.owner].ops:
            continue
        if number % 50 == 0:
            part = replace(part, file_size=part.file_size * 9 // 10, loaded_size=part.loaded_size * 9 // 10)
        made.append(replace(part, offset=offset))
        offset += part.file_size
    source = f"tensorflow/core/kernels/{added.lower()}_op.cc"
    made.append(Part(offset, 4096, 4096, ".text", "", source, f"{added}Op::Compute()", len(owners) - 1))
    return replace(
        attribution,
        owners=owners,
        parts=tuple(made),
        file_size=offset + 4096,
        loaded_size=sum(part.loaded_size for part in made),
        build=(("compiler", "clang 19.1.4"), ("options", "-O2 -ffunction-sections"), ("TensorFlow", "2.14.0")),
    )


def of(*parts: Part, owners: tuple[Owner, ...], file: str = "lib.so") -> Attribution:
    """An attribution of just these parts."""
    return Attribution(
        file=file,
        kind="ELF shared library",
        machine="x86-64",
        file_size=sum(part.file_size for part in parts),
        loaded_size=sum(part.loaded_size for part in parts),
        owners=owners,
        parts=parts,
        evidence=("symbols",),
    )


# Names that a stranger may give: each must be shown as text.
HOSTILE = (
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "--><!--<script>",
    "]]></title></svg><script>window.hacked = 1</script>",
    "{{ 7 * 7 }}{% raw %}",
    "\"' onmouseover='window.hacked = 1",
    "javascript:window.hacked=1",
    "&lt;b&gt; &amp; \\u003c",
    "line\u2028separator\u2029paragraph",
    "abc\u202egnp.exe\u2066isolate",
    "zero\u200bwidth\ufeff\u00adsoft",
    "nul\x00bell\x07escape\x1b[31m\r\n",
    "not UTF-8: \udcff\udc80",
    "\ufffe\uffff",
    "__proto__",
    "constructor",
    "=cmd|' /C calc'!A0",
    "עברית العربية",
    "x" * 10_240,
    "\u202e" * 10_240,
)


def hostile() -> Attribution:
    """Each of HOSTILE in every place that has a name."""
    owners = tuple(
        Owner(name, KERNEL if number % 2 else UNATTRIBUTED, (name,), (name,), (name,), (name,))
        for number, name in enumerate(HOSTILE)
    )
    parts = tuple(
        Part(100 * number, 100, 100, name, name, name if number % 2 else "", name, number, (name, "other"))
        for number, name in enumerate(HOSTILE)
    )
    made = of(*parts, owners=owners, file="".join(HOSTILE[:5]))
    everything = tuple(HOSTILE)
    return replace(
        made, kind=HOSTILE[0], machine=HOSTILE[9], evidence=everything, build=tuple((n, n[::-1]) for n in everything)
    )


def _owner(number: int, chance: random.Random) -> Owner:
    kind = (KERNEL, KERNEL, RUNTIME, PROTOS, OP, PACKAGE, KERNEL, RUNTIME, TOOLCHAIN, FORMAT)[number % 10]
    if number == 1:
        kind = PROGRAM
    if number == 2:
        kind = UNATTRIBUTED
    if kind == KERNEL:
        op, dtype = chance.choice(OPS), chance.choice(DTYPES)
        name = f"{op}/{op}Op{number}<Eigen::ThreadPoolDevice, {dtype.removeprefix('DT_').lower()}>"
        models = tuple(sorted(chance.sample(MODELS, chance.randint(1, 2))))
        return Owner(name, kind, (op,), (f"{op}Op{number}",), (dtype,), models)
    if kind == OP:
        op = chance.choice(OPS)
        return Owner(f"tensorflow/core/ops/{op.lower()}_{number}_ops.cc", kind, (op,), (), (), MODELS[:1])
    names = {
        RUNTIME: f"tensorflow/core/common_runtime/part_{number}.cc",
        PROTOS: f"tensorflow/core/framework/message_{number}.proto",
        PACKAGE: f"{PACKAGES[number % len(PACKAGES)]}/{number}",
        TOOLCHAIN: f"libstdc++ {number}",
        PROGRAM: "run_model",
        FORMAT: f".section_{number}",
        UNATTRIBUTED: "no owner found",
    }
    return Owner(names[kind], kind)


def _place(owner: Owner, number: int, chance: random.Random) -> tuple[str, str]:
    if owner.kind in (FORMAT, UNATTRIBUTED):
        return "", ""
    stem = f"{owner.kind}_{number % 7}_{owner.ops[0].lower() if owner.ops else 'core'}"
    source = f"tensorflow/core/kernels/{stem}.cc"
    target = f"selected-{chance.getrandbits(64):016x}/tensorflow/{source}.{chance.getrandbits(64):016x}.o"
    return ("" if number % 11 == 0 else source), target


def _symbol(owner: Owner, number: int, chance: random.Random) -> str:
    word = chance.choice(_WORDS)
    if number % 5 == 0:
        depth = chance.randint(1, 12)
        name = "Eigen::TensorEvaluator<const Eigen::TensorCwiseBinaryOp<Eigen::internal::scalar_sum_op<" * depth
        return f"{name}float, int>{'>' * depth}::{word}{number}(long, long)"
    what = owner.ops[0] if owner.ops else "Graph"
    return f"tensorflow::{what}Op<Eigen::ThreadPoolDevice, float>::{word}{number}(tensorflow::OpKernelContext*)"
