"""Locks for tests: generated ones that could be of one library, whatever names strangers gave to things."""

from __future__ import annotations

from hypothesis import strategies as st

from opsieve.selection.lock.lock import Lock, LockedKernel, LockedModel, LockedOp, NeededBy, locked_op

_ODD = [
    *(
        "no",
        "On",
        "y",
        "null",
        "~",
        "1e3",
        "0x1f",
        "2.14",
        "1_000",
        "12:30:45",
        "2024-01-02",
        ".inf",
        ".",
        "-",
        "--- x",
    ),
    *(
        "<<",
        "=",
        "a: b",
        "a:",
        ": a",
        "a #b",
        "#",
        "-x",
        "_x",
        "? x",
        "!t",
        "&a",
        "*a",
        "%x",
        "@",
        "`",
        "|",
        ">",
        "...",
    ),
    *(
        "a, b",
        "a,b",
        "[a]",
        "{a}",
        "'a'",
        '"a"',
        "\\",
        "\\x41",
        "a\nb",
        "a\r\n",
        "\t",
        " a",
        "a ",
        "a  b",
        "\x00",
        "\x7f",
    ),
    *(
        "\x85",
        "\u2028",
        "\ufeff",
        "\uffff",
        "caf\xe9",
        "\u65e5\u672c",
        "\U0001f600",
        "<<<<<<< HEAD",
        "=======",
        "k" * 1500,
    ),
    *("BinaryOp<CPUDevice, functor::add<float>>", "::a", "a::", "true", "key: [", "x:y", "a:1", "\u202eabc"),
]
TEXTS = st.sampled_from(_ODD) | st.text(max_size=6) | st.text("ab_: #,-", max_size=6)
_WHYS = ("node b", "node a", "no", "")
_NAMES = st.sampled_from(_ODD) | st.text(min_size=1, max_size=4)
_TYPES = st.dictionaries(_NAMES, st.lists(TEXTS, max_size=2).map(tuple), max_size=2)
_VALUES = st.dictionaries(
    _NAMES, st.lists(TEXTS | st.integers(-(2**63), 2**63 - 1) | st.booleans(), max_size=2).map(tuple), max_size=1
)


@st.composite
def locks(draw: st.DrawFn, *, most: int = 1) -> list[Lock]:
    """Between one and ``most`` locks without conflicts: parts of one world."""
    version, defines = draw(TEXTS), draw(st.dictionaries(_NAMES, TEXTS, max_size=2))
    runtime = draw(st.dictionaries(_NAMES, st.booleans(), max_size=2))
    models = draw(st.lists(st.builds(LockedModel, _NAMES, TEXTS, TEXTS), max_size=3, unique_by=lambda one: one.path))
    definitions = draw(st.dictionaries(_NAMES, TEXTS, max_size=3))
    kernels = draw(st.lists(_kernels(), max_size=3))
    found = []
    for _ in range(draw(st.integers(1, most))):
        here = draw(_some(models))
        ops = []
        for name in sorted(draw(_some(sorted(definitions)))):
            own = [_needed(kernel, draw(_needs(here))) for kernel in draw(_some(kernels))]
            ops.append(locked_op(name, definitions[name], own, draw(_needs(here))))
        found.append(
            Lock(
                version,
                _sorted(draw(st.lists(TEXTS, max_size=2))),
                dict(sorted(defines.items())),
                dict(sorted(runtime.items())),
                _sorted(draw(st.lists(TEXTS, max_size=2))),
                tuple(sorted(here, key=lambda one: one.path)),
                tuple(ops),
                _sorted([*draw(st.lists(TEXTS, max_size=2)), *_files(ops)]),
                {name: draw(_needs(here)) for name in sorted(draw(st.sets(_NAMES, max_size=2)))},
            )
        )
    return found


def _kernels() -> st.SearchStrategy[LockedKernel]:
    return st.builds(
        LockedKernel, TEXTS, TEXTS, _TYPES, TEXTS, st.just({}), TEXTS, st.integers(-(2**31), 2**31 - 1), _VALUES
    )


def _needed(kernel: LockedKernel, needed_by: NeededBy) -> LockedKernel:
    fields = {name: getattr(kernel, name) for name in LockedKernel.__slots__}
    return LockedKernel(**{**fields, "needed_by": needed_by})


@st.composite
def _some(draw: st.DrawFn, among: list[object]) -> list[object]:
    return [each for each in among if draw(st.integers(0, 3))]


def _needs(models: list[LockedModel]) -> st.SearchStrategy[NeededBy]:
    if not models:
        return st.just({})
    paths = st.sampled_from([model.path for model in models])
    return st.dictionaries(paths, st.sampled_from(_WHYS), max_size=2).map(lambda needs: dict(sorted(needs.items())))


def _files(ops: list[LockedOp]) -> list[str]:
    found = [op.file for op in ops] + [kernel.file for op in ops for kernel in op.kernels]
    return [file for file in found if file]


def _sorted(values: list[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))
