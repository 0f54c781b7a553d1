"""What an op costs, compared with the same program compiled and linked without it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from native.costed_program import OPS, Machine, program, selection
from opsieve.binary import archive
from opsieve.binary.opened import open_file
from opsieve.cli import cli
from opsieve.selection.what_if import rest
from opsieve.size.cost.exports import exported_names
from opsieve.size.cost.linked import LinkedCost
from opsieve.size.cost.objects import archive_objects
from opsieve.size.cost.removal import removal
from opsieve.size.maps import read_link_map
from opsieve.size.reading import read_layout
from opsieve.size.reading.limits import Limits

_MACHINES = {
    "gcc-lld": Machine("g++", "lld"),
    "gcc-bfd": Machine("g++", "bfd"),
    "clang-lld": Machine("clang++-19", "lld"),
    "clang-bfd": Machine("clang++-14", "bfd"),
    "aarch64": Machine("aarch64-linux-gnu-g++", "gold"),
    "armv7": Machine("arm-linux-gnueabihf-g++", "bfd"),
}
# What a linker aligns, and the sizes of tables' headers.
_SLACK = {"lld": 64, "bfd": 256, "gold": 256}
# Names of symbols that end alike share their end in what GNU's linkers make.
_TOLERANCE = {"lld": 0.06, "bfd": 0.1, "gold": 0.1}


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("objects")


def _costs(path: Path) -> LinkedCost:
    folder = path.parent
    stored = folder / "libobjects.a"
    names = (folder / "build" / "library.rsp").read_text().splitlines()
    objects = list(archive_objects(archive.members(open_file(stored), stored, "a", open_file), names, Limits()))
    data = open_file(path)
    link_map = read_link_map(folder / "app.map")
    return LinkedCost(objects, read_layout(path), link_map, selection(), data, exported_names(data, path.name))


def _filled(path: Path) -> int:
    """The size of a file without what aligns its sections."""
    return sum(section.file_size for section in read_layout(path).sections if section.name != "padding")


@pytest.mark.parametrize("shared", [False, True], ids=["program", "library"])
@pytest.mark.parametrize("machine", _MACHINES)
def test_an_op_costs_what_the_linker_saves_without_it(
    machine: str, shared: bool, tmp_path: Path, objects: Path
) -> None:
    (tmp_path / "all").mkdir()
    path = program(tmp_path / "all", _MACHINES[machine], objects, shared=shared)
    costs = _costs(path)
    assert not costs.missed
    linker = _MACHINES[machine].linker
    wrong = {}
    for op in OPS:
        folder = tmp_path / op
        folder.mkdir()
        without = program(folder, _MACHINES[machine], objects, [each for each in OPS if each != op], shared=shared)
        really = _filled(path) - _filled(without)
        left = rest(selection(), lambda name, reason, op=op: name != op)  # type: ignore[misc]
        told = costs.saved(removal(selection(), left)).file_size
        if abs(told - really) > max(_SLACK[linker], really * _TOLERANCE[linker]):
            wrong[op] = (told, really)
    assert not wrong


def test_strings_that_the_linker_merged_belong_to_those_who_have_them(tmp_path: Path, objects: Path) -> None:
    path = program(tmp_path, _MACHINES["gcc-lld"], objects)
    done = CliRunner().invoke(
        cli,
        ["size", "report", str(path), "--map", str(tmp_path / "app.map"), "--format", "csv"],
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.stderr
    content = path.read_bytes()
    of_large = re.findall(rb"Large step \d+\0", content)
    assert len(of_large) > 50
    rows = [row for row in csv.DictReader(io.StringIO(done.stdout)) if row["symbol"] == "strings"]
    kernels = [row for row in rows if row["ops"] == "Large" and row["kind"] == "kernel"]
    assert sum(int(row["file_size"]) for row in kernels) >= sum(map(len, of_large))
    listed = {row["kind"]: int(row["file_size"]) for row in rows}
    # What the C library's start-up files have is not in the archive.
    assert listed.get("unattributed", 0) < 64
