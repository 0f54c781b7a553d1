"""Which registrations share which bytes of a program says the same as taking them away one after the other."""

from __future__ import annotations

import itertools
from pathlib import Path

from native.compilers import run
from native.costed_program import OPS, Machine, program, selection
from opsieve.cli.size_costs import costs_of
from opsieve.cli.size_evidence import EvidenceRequest
from opsieve.size.cost.linked import LinkedCost
from opsieve.size.cost.removal import removal


def _costs(folder: Path) -> LinkedCost:
    path = program(folder, Machine("g++", "lld"), folder)
    # Symbols' names are in no set.
    (folder / "stripped").mkdir()
    run(["strip", path, "-o", folder / "stripped" / "app"])
    found = costs_of(folder / "stripped" / "app", EvidenceRequest())
    assert isinstance(found.of, LinkedCost)
    return found.of


def test_sets_and_removals_agree(tmp_path: Path) -> None:
    costs = _costs(tmp_path)
    shared = costs.shared()
    whole = selection()
    assert sum(shared.values()) > 5000
    # Whatever goes, a set goes when all goes that needs it.
    for count in range(1, len(OPS) + 1):
        for without in itertools.combinations(OPS, count):
            gone = removal(whole, selection([op for op in OPS if op not in without]))
            everything = gone.registrations | gone.sources
            assert costs.saved(gone).file_size == sum(size for each, size in shared.items() if each <= everything)
