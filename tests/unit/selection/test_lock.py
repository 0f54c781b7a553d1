"""opsieve.lock: what is written is the YAML that is meant, reads back the same, and a wrong file is an error."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from locks import TEXTS, locks

from golden.selections import small
from opsieve.errors import OpsieveError
from opsieve.selection.lock.lock import Lock, LockedKernel, NeededBy
from opsieve.selection.lock.make import lock_of
from opsieve.selection.lock.quoting import scalar, scalar_in_brackets
from opsieve.selection.lock.read import from_yaml, read_lock
from opsieve.selection.lock.write import to_yaml
from opsieve.selection.selection import ModelDigest, Reason, SelectedKernel, SelectedOp, Selection, Unresolved

_LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]
SMALL = to_yaml(lock_of(small(), "opsieve lock models/classifier.pb models/loop")).decode()


@given(locks())
def test_what_is_written_reads_back(one: list[Lock]) -> None:
    back = from_yaml(to_yaml(one[0]), "opsieve.lock")
    # 1 and True are equal, and are not the same.
    assert (back, repr(back)) == (one[0], repr(one[0]))


@pytest.mark.parametrize("loader", _LOADERS)
@given(one=locks())
def test_any_reader_of_yaml_understands_it(loader: Any, one: list[Lock]) -> None:
    document = yaml.load(to_yaml(one[0]), Loader=loader)
    meant = _meant(one[0])
    assert (document, repr(_ordered(document))) == (meant, repr(_ordered(meant)))


@pytest.mark.parametrize("loader", _LOADERS)
@given(text=TEXTS)
def test_texts_are_texts(loader: Any, text: str) -> None:
    content = f"- {scalar(text)}\n- [{scalar_in_brackets(text)}, {{{scalar_in_brackets(text[:900])}: a}}]\n"
    assert yaml.load(content, Loader=loader) == [text, [text, {text[:900]: "a"}]]


def test_names_of_tensorflow_are_not_quoted() -> None:
    for text in ("BinaryOp<CPUDevice, functor::add<float>>", "node while/add in function while_body_*", "_Recv"):
        assert scalar(text) == text


def _meant(lock: Lock) -> dict[str, Any]:
    """The document that a person would expect, written without any of opsieve's code."""
    return {
        "schema": 1,
        "made_by": list(lock.commands),
        "tensorflow": {"version": lock.version, "source": list(lock.sources), "defines": dict(lock.defines)},
        "runtime": {name: "on" if on else "off" for name, on in lock.runtime.items()},
        "models": [{"path": one.path, "format": one.format, "sha256": one.sha256} for one in lock.models],
        "ops": [
            {
                "op": op.name,
                "file": op.file,
                **_if("needed_by", op.needed_by),
                **_if("kernels", [_meant_kernel(kernel) for kernel in op.kernels]),
            }
            for op in lock.ops
        ],
        **_if("unresolved", [{"op": name, **_if("needed_by", needs)} for name, needs in lock.unresolved.items()]),
        "files": list(lock.files),
    }


def _meant_kernel(kernel: LockedKernel) -> dict[str, Any]:
    return {
        "class": kernel.class_text,
        "device": kernel.device,
        **_if("types", {name: list(dtypes) for name, dtypes in kernel.types.items()}),
        **_if("values", {name: list(values) for name, values in kernel.values.items()}),
        **_if("label", kernel.label),
        **_if("priority", kernel.priority),
        "file": kernel.file,
        **_if("needed_by", kernel.needed_by),
    }


def _if(key: str, value: Any) -> dict[str, Any]:
    return {key: dict(value) if isinstance(value, dict) else value} if value else {}


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((key, _ordered(each)) for key, each in value.items())
    return [_ordered(each) for each in value] if isinstance(value, list) else value


def test_equal_selections_give_equal_bytes_one_fact_a_line() -> None:
    lines = SMALL.splitlines()
    assert lines == to_yaml(lock_of(small(), "opsieve lock models/classifier.pb models/loop")).decode().splitlines()
    assert sum(line.lstrip(" -").startswith("class: ") for line in lines) == len(small().kernels)
    assert SMALL.isascii()


def test_a_lock_with_the_line_ends_of_windows_and_a_mark_is_the_same() -> None:
    content = b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()
    assert from_yaml(content, "x") == from_yaml(SMALL.encode(), "x")


def test_the_order_of_rows_does_not_matter() -> None:
    document = yaml.safe_load(SMALL)
    document["ops"].reverse()
    document["files"].reverse()
    for op in document["ops"]:
        op.get("kernels", []).reverse()
    content = yaml.safe_dump(document, sort_keys=True, explicit_end=True).encode()
    assert from_yaml(content, "x") == from_yaml(SMALL.encode(), "x")


def test_later_keys_are_ignored() -> None:
    assert from_yaml(SMALL.replace("\nops:", "\nlater: [1]\nops:").encode(), "x") == from_yaml(SMALL.encode(), "x")


@pytest.mark.parametrize("position", range(0, len(SMALL) - 4, 97))
def test_a_lock_that_was_cut_off_is_an_error(position: int) -> None:
    with pytest.raises(OpsieveError, match=r"^x"):
        from_yaml(SMALL.encode()[:position], "x")


def test_a_lock_that_was_cut_off_after_any_line_is_an_error() -> None:
    lines = SMALL.splitlines(keepends=True)
    for count in range(len(lines)):
        with pytest.raises(OpsieveError, match=r"^x"):
            from_yaml("".join(lines[:count]).encode(), "x")


def _without(pattern: str) -> str:
    changed = re.sub(pattern, "", SMALL, count=1)
    assert changed != SMALL
    return changed


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", r"^l: is empty"),
        ("\n  \n", r"^l: is empty"),
        ("# nothing\n", r"^l: has nothing but comments"),
        ("hello\n...\n", r"^l:1:1: expected 'key: value' lines, found 'hello'"),
        ("- a\n...\n", r"^l:1:1: expected 'key: value' lines, found a list"),
        ("a: [\n", r"^l:2:1: is not YAML"),
        ("a: b: c\n", r"^l:1:5: is not YAML"),
        ("schema: 2\n...\n", r"^l:1:9: this lock has schema 2, this opsieve reads schema 1"),
        ("schema: one\n...\n", r"^l:1:9: expected a whole number, found 'one'"),
        ("schema: " + "1" * 5000 + "\n...\n", r"^l:1:9: expected a whole number"),
        ("schema: '1'\n...\n", r"^l:1:9: expected a whole number"),
        ("schema: 1\n...\n", r"^l:1:1: 'tensorflow' is missing here"),
        ("schema: 1\nschema: 1\n...\n", r"^l:2:1: the key 'schema' is there twice"),
        ("a: &x [1]\nb: *x\n...\n", r"^l:2:4: the alias \*x is not allowed"),
        ("a: !!python/object:os.system x\n...\n", r"^l:1:4: the tag .* is not allowed"),
        ("[" * 100_000, r"^l:1:10: lists and mappings nest too deep"),
        ("a: " + "{b: " * 100_000, r"^l:1:.*nest too deep"),
        ("- " * 100_000, r"^l:1:.*nest too deep"),
        ("a: 1\n--- \nb: 1\n...\n", r"^l:2:1: the file ends without"),
        ("a: 1\n...\n---\nb: 1\n...\n", r"^l:3:1: a second YAML document"),
        ("a: \x00\n", r"^l:1:4: the character '\\x00' has no place in YAML"),
        ("{[a]: b}\n...\n", r"^l:1:2: a key must be a text"),
        ("a: 1\n<<<<<<< HEAD\n", r"^l:2:1: <<<<<<< is what an unfinished merge leaves behind"),
        ("a: 1\r\n=======\r\n", r"^l:2:1: ======= is what an unfinished merge"),
        ("a: 1\n||||||| 1234\n", r"^l:2:1: \|\|\|\|\|\|\| is what an unfinished merge"),
        ("a: 1\n>>>>>>> theirs", r"^l:2:1: >>>>>>> is what an unfinished merge"),
        (SMALL.replace('"off"', "maybe"), r"^l:\d+:\d+: expected on or off, found 'maybe'"),
        (SMALL.replace("- op: Add\n", "- op: AddV2\n"), r"^l:\d+:3: 'AddV2' is there twice"),
        (SMALL.replace("path: models/loop", "path: models/other"), r"'models/loop' is not under 'models'"),
        (_without("\n- tensorflow/core/kernels/cholesky_op.cc"), r"cholesky_op.cc' is not under 'files'"),
        (_without("    device: CPU\n"), r"^l:\d+:5: 'device' is missing here"),
        (SMALL.replace("types: {T: [DT_FLOAT]}", "types: DT_FLOAT"), r"expected 'key: value' lines, found 'DT_FLOAT'"),
        (SMALL.replace("class: EnterOp", "class: "), r"^l:\d+:\d+: expected a text, found nothing"),
    ],
)
def test_a_wrong_lock_is_an_error_that_says_where(content: str, said: str) -> None:
    with pytest.raises(OpsieveError, match=said) as caught:
        from_yaml(content.encode(), "l")
    assert caught.value.hint is not None


def test_bytes_that_are_no_text_are_an_error() -> None:
    with pytest.raises(OpsieveError, match=r"^l: is not UTF-8, at byte 3"):
        from_yaml(b"a: \xff", "l")


@given(st.binary(max_size=40) | st.text("a:-[]{}&*!|>'\"# \n", max_size=40).map(str.encode))
def test_no_other_error_comes_of_any_bytes(content: bytes) -> None:
    with pytest.raises(OpsieveError):
        from_yaml(content, "l")


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match="missing: there is no such lock"):
        read_lock("missing")
    with pytest.raises(OpsieveError, match="cannot be read"):
        read_lock(str(tmp_path))
    with open(tmp_path / "huge", "wb") as stream:
        stream.truncate(1 << 30)
    with pytest.raises(OpsieveError, match="is larger than"):
        read_lock(str(tmp_path / "huge"))


def _selection(*reasons: Reason, unresolved: tuple[Unresolved, ...] = ()) -> Selection:
    ops = (SelectedOp("A", reasons, "a.cc", 1),)
    return Selection("2", "tree", {}, (ModelDigest("m", "0", "graphdef"),), ops, (), (), unresolved)


def _why(*reasons: Reason) -> NeededBy:
    return lock_of(_selection(*reasons), "").ops[0].needed_by


def test_the_reason_that_says_most_stands_for_a_model() -> None:
    direct = Reason("m", node="n")
    in_body = Reason("m", "body_12", "a")
    by_rule = Reason("m", node="a", rule="lowered; and 3 more nodes")
    assert _why(by_rule, in_body, direct) == {"m": "node n"}
    assert _why(by_rule, in_body) == {"m": "node a in function body_*"}
    assert _why(by_rule) == {"m": "lowered (node a)"}
    assert _why(Reason("m", rule="listed")) == {"m": "listed"}
    assert _why(Reason("m", node="n", rule="and 1 more node")) == {"m": "node n"}
    assert _why(Reason("m", node="n"), Reason("a", node="b")) == {"a": "node b", "m": "node n"}


def test_another_export_of_the_same_model_gives_the_same_reasons() -> None:
    def exported(first: int) -> NeededBy:
        return _why(Reason("m", f"__inference_f_{first}", "x"), Reason("m", f"while_body_{first + 9}", "a"))

    # As text, 99 comes after 108; as exports, both are the same.
    assert exported(99) == exported(999) == {"m": "node x in function __inference_f_*"}


def test_a_kernel_says_what_its_op_needs_not_say_again() -> None:
    a, b = Reason("a", node="n"), Reason("b", node="n")
    kernels = tuple(SelectedKernel("A", "AOp", "CPU", {}, "k.cc", line, (a,)) for line in (3, 9))
    chosen = Selection("2", "tree", {}, (), (SelectedOp("A", (a, b), "a.cc"),), kernels, ())
    [op] = lock_of(chosen, "").ops
    assert op.needed_by == {"b": "node n"}
    assert len(op.kernels) == 1  # the lines of a file are no part of a lock
    assert op.models() == {"a": "node n", "b": "node n"}


def test_what_may_stay_unresolved_is_recorded() -> None:
    need = Unresolved("Odd", {"T": ("DT_INT8",)}, (Reason("m", node="o"),), "none", allowed=True)
    assert lock_of(_selection(unresolved=(need,)), "").unresolved == {"Odd": {"m": "node o"}}


def test_a_name_that_is_no_unicode_is_spelt_out() -> None:
    chosen = Selection("2", "s", {}, (ModelDigest("caf\udce9.pb", "0", "graphdef"),), (), (), ())
    lock = lock_of(chosen, "opsieve lock 'caf\udce9.pb'")
    assert lock.models[0].path == r"caf\udce9.pb"
    assert from_yaml(to_yaml(lock), "x") == lock
