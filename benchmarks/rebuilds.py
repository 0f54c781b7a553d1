"""What a build costs when little or nothing changed, and what is left of builds that were ended.

``OPSIEVE_TENSORFLOW_TREE=~/tensorflow python benchmarks/rebuilds.py --kills 20`` prints the tables of
docs/benchmarks.md: the time of a build of which nothing changed; the files that are compiled for one more op and for
one more dtype, beside those that have to be, as selection.json tells; and, with ``--kills``, whether builds that were
ended at random moments come to the bytes of an undisturbed one. Objects go to a folder of their own. ``--seed-objects``
copies them from a folder with the objects of this tree and target; without it all are compiled first.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from interrupted import Interrupted, Site
from measure import machine, median, run, table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from e2e import built, zoo  # noqa: E402 (found by the line above)

_TIMES = 5
_COMPILED = re.compile(r"\[ *\d+/\d+\] (\S+\.(?:cc|cpp|c|proto))\b")
_WORKSPACE = re.compile(r"^opsieve_workspace := (\S+)$", re.MULTILINE)
_OPS = "ops:\n  - {op}: {{T: {dtype}}}\n"


@dataclass(frozen=True)
class Bench:
    """One model's library, in ``output``, and its objects."""

    model: Path
    tree: Path
    target: str
    output: Path
    objects: Path
    more: tuple[str, ...]

    def command(self, *extra: Path) -> list[str]:
        more = ("--objects", str(self.objects), *self.more)
        return built.build_command([self.model, *extra], self.tree, self.target, self.output, more)

    def build(self, *extra: Path) -> frozenset[str]:
        """Build for the model, and more; what was compiled, as the makefile's log tells."""
        run(self.command(*extra))
        return frozenset(_COMPILED.findall((self.output / "build" / "build.log").read_text(encoding="utf-8")))

    @property
    def workspace(self) -> Path:
        """Where make runs."""
        found = _WORKSPACE.search((self.output / "Makefile").read_text(encoding="utf-8"))
        assert found is not None
        return (self.output.resolve() / found[1]).resolve()

    def site(self) -> Site:
        """The build as it is now."""
        return Site(self.command(), self.output, self.workspace)

    def registrations(self) -> dict[str, frozenset[str]]:
        """For each source of the selection what is taken from it; nothing from one that others need to link."""
        document = json.loads((self.output / "selection.json").read_text(encoding="utf-8"))
        taken: dict[str, set[str]] = {row["path"]: set() for row in document["sources"]}
        for row in document["ops"]:
            taken.setdefault(row["file"], set()).add(row["name"])
        for row in document["kernels"]:
            taken.setdefault(row["file"], set()).add(f"{row['op']} {row['class']}")
        return {path: frozenset(names) for path, names in taken.items()}


def main() -> None:
    """Measure, and print the tables."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="opsieve-rebuilds-", dir=options.folder) as folder:
        work = Path(folder).resolve()
        model = zoo.path_of(options.model)
        more = tuple(options.build_option)
        bench = Bench(model, Path(options.tree), options.target, work / "out", work / "objects", more)
        print(f"{machine()}; {options.target}, {options.model}; seed {options.seed}", flush=True)
        if options.seed_objects:
            _seed(bench, Path(options.seed_objects))
        print(f"files compiled at first: {len(bench.build())}", flush=True)
        print(_nothing(bench), end="\n\n", flush=True)
        print(_one_more(bench, options.op, options.dtype, work), end="\n\n", flush=True)
        if options.kills:
            bench.build()
            longest = options.longest or 2 + 1.5 * options.each
            done = bench.site().interrupt(options.kills, options.each, longest, options.seed)
            print(_ended(done))
            if done.different or done.left:
                sys.exit("\n".join((*done.different, *done.left)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    trees = os.environ.get("OPSIEVE_TENSORFLOW_TREE", "").split(os.pathsep)
    parser.add_argument("--model", default="mlp")
    parser.add_argument("--tree", default=trees[0], required=not trees[0])
    parser.add_argument("--target", default="linux-x86_64", choices=sorted(built.TARGETS))
    parser.add_argument("--folder", help="where to build; needs some GB")
    parser.add_argument("--seed-objects", metavar="DIR", help="the folder of an earlier --objects, which is copied")
    parser.add_argument("--op", default="Softplus", help="that the model does not have")
    parser.add_argument("--dtype", default="MatMul:double", help="that an op of the model does not have yet")
    parser.add_argument("--kills", type=int, default=0, metavar="N", help="how many builds to end")
    parser.add_argument("--each", type=int, default=6, metavar="N", help="how many files a build that is ended has")
    parser.add_argument("--longest", type=float, metavar="SECONDS", help="when a build is ended at the latest")
    parser.add_argument("--seed", type=int, default=214)
    parser.add_argument(
        "--build-option", action="append", default=[], help="handed on to opsieve build, as --store=DIR"
    )
    return parser.parse_args()


def _seed(bench: Bench, folder: Path) -> None:
    """Copy finished objects, and make the makefile's time stamps believe in them."""
    # Which of the subfolders it is only the makefile knows.
    run([*bench.command(), "--makefile-only"])
    source, target = folder / bench.workspace.name, bench.workspace
    if not source.is_dir():
        sys.exit(f"{source}: no objects of this tree, target and compiler")
    shutil.rmtree(target)
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("outputs", "*.tmp.*"))
    run([*bench.command(), "--makefile-only"])
    # This one has the name of its folder in it, for clang; what was compiled with that one is of use all the same.
    for path in source.rglob("precompiled.h"):
        shutil.copystat(path, target / path.relative_to(source))


def _nothing(bench: Bench) -> str:
    by_make = [run(["make", "-s", "-C", str(bench.output)]).seconds for _ in range(_TIMES)]
    bench.build()
    by_opsieve = [run(bench.command()) for _ in range(_TIMES)]
    rows = [
        ["make", f"{median(by_make):.2f} s"],
        ["opsieve build", f"{median([each.seconds for each in by_opsieve]):.2f} s"],
    ]
    return table(["nothing changed", f"time, median of {_TIMES}"], rows)


def _one_more(bench: Bench, op: str, dtype: str, work: Path) -> str:
    known, _, kind = dtype.partition(":")
    changes = {f"one more op, {op}": (op, "float"), f"one more dtype, {known} of {kind}": (known, kind)}
    rows = []
    base = bench.registrations()
    needed = set(bench.site().objects)
    # Of what was copied nothing but the model's own is to be of use.
    for path in bench.workspace.glob("selected-*/**/*.o"):
        if path not in needed:
            path.unlink()
    for number, (what, (name, kind)) in enumerate(changes.items()):
        extra = work / f"extra_{number}.yaml"
        extra.write_text(_OPS.format(op=name, dtype=kind), encoding="utf-8")
        compiled = bench.build(extra)
        new = bench.registrations()
        runtime = {path for path in new.keys() - base.keys() if not new[path]} - compiled
        expected = {path for path, taken in new.items() if taken != base.get(path)} - runtime
        rows.append([what, _names(compiled), _names(compiled - expected) or "–", _names(expected - compiled) or "–"])
        bench.build()
    return table(["changed", "compiled", "needlessly", "not compiled, but changed"], rows)


def _names(paths: Iterable[str]) -> str:
    return ", ".join(sorted(Path(path).name for path in paths))


def _ended(done: Interrupted) -> str:
    row = [
        str(done.killed + done.stopped),
        str(done.killed),
        str(done.stopped),
        str(done.over),
        str(done.compiled),
        str(len(done.different)),
        str(len(done.left)),
    ]
    titles = [
        "builds ended",
        "SIGKILL",
        "SIGINT",
        "over before",
        "objects made",
        "files that differ",
        "temporary files",
    ]
    return table(titles, [row])


if __name__ == "__main__":
    main()
