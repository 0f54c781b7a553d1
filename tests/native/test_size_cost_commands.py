"""`opsieve size cost`, and what a library tells `what-if` and `explain`, on a small program that was really linked."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from native.costed_program import OPS, Machine, program, selection
from opsieve.selection.document import to_json

_Run = Callable[..., tuple[int, str, str]]
_MEMBER = "lib/x86_64/libapp.so"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    (folder / "objects").mkdir()
    (folder / "out").mkdir()
    return program(folder / "out", Machine("g++", "lld"), folder / "objects").parent


@pytest.fixture
def run(built: Path, tmp_path: Path) -> _Run:
    """Runs beside a copy of the program's folder, ``out``."""
    shutil.copytree(built, tmp_path / "out")

    def command(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "opsieve", *arguments],
            cwd=tmp_path,
            env={**os.environ, "OPSIEVE_CACHE_DIR": str(tmp_path / "cache"), "COLUMNS": "100"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr

    return command


def test_as_text(run: _Run) -> None:
    status, output, errors = run("size", "cost", "out/app")
    assert status == 0
    assert "out/app: as its linker would drop what nobody needs, from 6 objects of libobjects.a\n" in errors
    assert "could not be found" not in errors
    lines = output.splitlines()
    assert lines[0].startswith("out/app: ")
    assert lines[0].endswith(" bytes; without each alone:")
    ops = lines[lines.index("op:") + 1 : lines.index("dtype:") - 1]
    assert ops[0].split()[2] == "Large"
    assert {line.split()[2] for line in ops} == set(OPS)
    assert all(line.split()[0].startswith("−") for line in ops)
    assert any(
        line.split()[2:] == ["b.pb", "[1", "kernel,", "1", "op", "definition,", "1", "source", "file]"]
        for line in lines
    )


def test_as_json(run: _Run, built: Path) -> None:
    status, output, _ = run("size", "cost", "out/app", "--format", "json")
    assert status == 0
    found = json.loads(output)
    assert {key: found[key] for key in ("schema", "file", "file_size", "basis", "missed_registrations")} == {
        "schema": 1,
        "file": "out/app",
        "file_size": (built / "app").stat().st_size,
        "basis": "objects",
        "missed_registrations": 0,
    }
    rows = {(key, row["name"]): row for key in ("models", "ops", "dtypes") for row in found[key]}
    assert rows.keys() == {
        *(("models", name) for name in ("a.pb", "b.pb")),
        *(("ops", name) for name in OPS),
        *(("dtypes", name) for name in ("DT_FLOAT", "DT_INT32")),
    }
    for key in ("models", "ops", "dtypes"):
        sizes = [row["file_size"] for row in found[key]]
        assert sizes == sorted(sizes, reverse=True)
    # b.pb has nothing but Small, and that with all it needs.
    assert rows["models", "b.pb"] == {**rows["ops", "Small"], "name": "b.pb"}
    assert {key: rows["ops", "Large"][key] for key in ("kernels", "ops", "sources")} == {
        "kernels": 2,
        "ops": 1,
        "sources": 1,
    }
    # What ops share goes with a model that has them all.
    shared = rows["models", "a.pb"]["file_size"] - sum(
        rows["ops", op]["file_size"] for op in ("Large", "Left", "Right")
    )
    assert shared > 0


def test_to_a_file(run: _Run, tmp_path: Path) -> None:
    _, output, _ = run("size", "cost", "out/app", "--format", "json")
    assert run("size", "cost", "out/app", "--format", "json", "-o", "costs/app.json")[:2] == (0, "")
    assert (tmp_path / "costs/app.json").read_text() == output


@pytest.mark.parametrize(("lacking", "what"), [("app.map", "the linker's map"), ("libobjects.a", "the archive")])
def test_without_all_evidence_it_is_an_estimate(lacking: str, what: str, run: _Run, tmp_path: Path) -> None:
    exact = json.loads(run("size", "cost", "out/app", "--format", "json")[1])
    (tmp_path / "out" / lacking).unlink()
    status, output, errors = run("size", "cost", "out/app", "--format", "json")
    assert status == 0
    assert f"out/app: estimated from who owns the bytes, without {what}" in errors
    found = json.loads(output)
    assert (found["basis"], exact["basis"]) == ("owners", "objects")
    sizes, real = ({row["name"]: row["file_size"] for row in each["ops"]} for each in (found, exact))
    assert sizes.keys() == real.keys()
    # The runtime's code that only Large uses, and the symbols' names, are not seen.
    assert all(0 <= sizes[op] <= 1.05 * real[op] for op in OPS)
    if lacking == "libobjects.a":
        assert sizes["Large"] > 0.3 * real["Large"]


def test_without_a_selection_nobody_knows(run: _Run, tmp_path: Path) -> None:
    (tmp_path / "out/selection.json").unlink()
    status, output, errors = run("size", "cost", "out/app")
    assert (status, output) == (2, "")
    assert "out/app: no selection.json beside it" in errors
    assert "--selection FILE" in errors
    (tmp_path / "elsewhere.json").write_bytes(to_json(selection()))
    assert run("size", "cost", "out/app", "--selection", "elsewhere.json")[0] == 0


def test_what_is_no_library(run: _Run, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no library")
    for name in ("text", "none.so", "out"):
        status, output, errors = run("size", "cost", name, "--selection", "out/selection.json")
        assert (status, output) == (2, "")
        assert errors.startswith("opsieve: error: ") or "rror" in errors


def test_a_map_of_another_link_is_not_used(run: _Run, tmp_path: Path, built: Path) -> None:
    (tmp_path / "other").mkdir()
    other = program(tmp_path / "other", Machine("g++", "lld"), built.parent / "objects", ("Small",))
    shutil.copy(other.parent / "app.map", tmp_path / "out/app.map")
    status, output, errors = run("size", "cost", "out/app", "--format", "json")
    assert (status, json.loads(output)["basis"]) == (0, "owners")
    assert "not used" in errors


def test_what_if_tells_the_bytes_that_go(run: _Run) -> None:
    costs = json.loads(run("size", "cost", "out/app", "--format", "json")[1])
    arguments = ("what-if", "--without", "b.pb", "--selection", "out/selection.json", "--library", "out/app")
    status, output, _ = run(*arguments, "--format", "json")
    assert status == 0
    row = next(row for row in costs["models"] if row["name"] == "b.pb")
    saves = json.loads(output)["saves"]
    assert saves == {
        "file": "out/app",
        "file_size": row["file_size"],
        "loaded_size": row["loaded_size"],
        "basis": "as its linker would drop what nobody needs, from 6 objects of libobjects.a",
    }
    status, output, _ = run(*arguments)
    assert status == 0
    share = f"{row['file_size'] / costs['file_size']:.1%}"
    assert f"  out/app would be {row['file_size']:,} bytes smaller ({share}): as its linker would" in output
    assert "saves" not in json.loads(run(*arguments[:-2], "--format", "json")[1])


def test_several_models_together_save_what_they_share(run: _Run) -> None:
    costs = json.loads(run("size", "cost", "out/app", "--format", "json")[1])
    alone = {row["name"]: row["file_size"] for row in costs["models"]}
    options = ("--selection", "out/selection.json", "--library", "out/app", "--format", "json")
    found = json.loads(run("what-if", "--without", "a.pb", "--without", "b.pb", *options)[1])
    # The file of both models' op definitions goes with the last of them.
    assert found["saves"]["file_size"] > alone["a.pb"] + alone["b.pb"]


def test_explain_tells_what_an_op_costs(run: _Run) -> None:
    costs = json.loads(run("size", "cost", "out/app", "--format", "json")[1])
    arguments = ("explain", "Large", "Small", "--selection", "out/selection.json", "--library", "out/app")
    status, output, errors = run(*arguments)
    assert status == 0, errors
    assert "out/app: as its linker would drop what nobody needs" in errors
    for row in costs["ops"]:
        assert (f"{row['file_size']:,}" in output) == (row["name"] in ("Large", "Small"))
    found = json.loads(run(*arguments, "--format", "json")[1])
    told = {row["op"]: row["file_size"] for row in found["costs"]}
    assert told == {row["name"]: row["file_size"] for row in costs["ops"] if row["name"] in ("Large", "Small")}


@pytest.mark.parametrize("command", ["what-if", "explain"])
def test_a_library_of_another_selection_is_refused(command: str, run: _Run, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_bytes(to_json(selection(("Large", "Small"))))
    first = ("what-if", "--without", "b.pb") if command == "what-if" else ("explain", "Large")
    status, output, errors = run(*first, "--selection", "other.json", "--library", "out/app")
    assert (status, output) == (2, "")
    assert "out/app: was built from another selection, which is beside it" in errors
    # Without one beside it, the one that is given counts.
    (tmp_path / "out/selection.json").unlink()
    assert run(*first, "--selection", "other.json", "--library", "out/app")[0] == 0


@pytest.fixture
def package(run: _Run, tmp_path: Path) -> Path:
    """A package with the program, in a folder of its own."""
    (tmp_path / "shop").mkdir()
    with zipfile.ZipFile(tmp_path / "shop/app.apk", "w", zipfile.ZIP_DEFLATED) as opened:
        opened.write(tmp_path / "out/app", _MEMBER)
        opened.writestr("assets/model.pb", b"a text")
    return tmp_path / "shop/app.apk"


_GIVEN = ("--map", "out/app.map", "--archive", "out/libobjects.a", "--selection", "out/selection.json")


def test_a_library_in_a_package(run: _Run, package: Path) -> None:
    alone = json.loads(run("size", "cost", "out/app", "--format", "json")[1])
    member = ("size", "cost", "shop/app.apk", "--member", _MEMBER, "--format", "json")
    status, output, errors = run(*member, *_GIVEN)
    assert status == 0, errors
    named = f"shop/app.apk({_MEMBER})"
    assert f"{named}: as its linker would drop what nobody needs, from 6 objects of libobjects.a\n" in errors
    assert json.loads(output) == {**alone, "file": named}
    # Without the archive it is an estimate, as of the file itself.
    status, output, errors = run(*member, *_GIVEN[-2:])
    assert status == 0, errors
    assert f"{named}: estimated from who owns the bytes, without the linker's map" in errors
    assert json.loads(output)["file_size"] == alone["file_size"]


def test_nothing_is_looked_for_beside_what_was_unpacked(
    run: _Run, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of temporary files is everybody's."""
    (tmp_path / "temporary/stripped").mkdir(parents=True)
    for folder in ("temporary", "temporary/stripped"):
        shutil.copy(tmp_path / "out/selection.json", tmp_path / folder)
    for folder in ("temporary", "temporary/stripped"):
        monkeypatch.setenv("TMPDIR", str(tmp_path / folder))
        status, output, errors = run("size", "cost", "shop/app.apk", "--member", _MEMBER)
        assert (status, output) == (2, "")
        assert f"shop/app.apk({_MEMBER}): no selection.json beside it" in errors
        status, _, errors = run("size", "report", "shop/app.apk", "--member", _MEMBER)
        assert (status, "selection" in errors) == (0, False)


@pytest.mark.parametrize(
    ("arguments", "said", "hint"),
    [
        (("size", "cost", "shop/app.apk"), "shop/app.apk: a package, not a library", "with --member"),
        (("size", "cost", "shop/app.apk", "--member", "libapp.so"), "has no file 'libapp.so'", _MEMBER),
        (("size", "cost", "shop/app.apk", "--member", "assets/model.pb"), "app.apk(assets/model.pb): no file", ""),
        (("size", "cost", "out/app", "--member", _MEMBER), "out/app: not a package", "leave out --member"),
        (("what-if", "--without", "b.pb", "--library", "shop/app.apk"), "app.apk: a package, not a library", "unpack"),
        (("explain", "Large", "--library", "shop/app.apk"), "app.apk: a package, not a library", "unpack"),
    ],
)
def test_packages_that_are_refused(arguments: tuple[str, ...], said: str, hint: str, run: _Run, package: Path) -> None:
    status, output, errors = run(*arguments, "--selection", "out/selection.json")
    assert (status, output) == (2, "")
    assert said in errors
    assert hint in errors


def test_names_of_strangers_cannot_control_the_terminal(run: _Run, tmp_path: Path) -> None:
    found = selection()
    evil = "a\x1b[2J.pb"
    models = tuple(dataclasses.replace(each, path=evil) if each.path == "a.pb" else each for each in found.models)
    ops = tuple(
        dataclasses.replace(op, reasons=tuple(dataclasses.replace(each, model=evil) for each in op.reasons))
        if op.name != "Small"
        else op
        for op in found.ops
    )
    (tmp_path / "out/selection.json").write_bytes(to_json(dataclasses.replace(found, models=models, ops=ops)))
    _, output, errors = run("size", "cost", "out/app")
    assert "a\\x1b[2J.pb" in output
    assert "\x1b" not in output + errors
