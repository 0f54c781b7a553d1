"""What libraries cost that are built from a source tree: time, processor time, files compiled, sizes.

``OPSIEVE_TENSORFLOW_TREE=~/tensorflow python benchmarks/libraries.py`` prints the tables of docs/benchmarks.md. The
models are the tests' (tests/e2e/zoo.py). For each of them: with the selection; with the same files and everything that
stands in them registered; with the header of TensorFlow's own tool, which reads GraphDefs only. And once with every
portable kernel of the tree. The first library is built from nothing but fetched packages, the others share its objects.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from measure import Failed, Run, machine, run, table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from e2e import built, zoo  # noqa: E402 (found by the line above)

# What of the tree is portable: every kernel that a mobile library of TensorFlow's own has.
_PORTABLE = (
    "//tensorflow/core/kernels:portable_core_ops",
    "//tensorflow/core/kernels:portable_extended_ops",
    "//tensorflow/core/kernels:portable_quantized_ops",
)
_UNIT = re.compile(r"\[ *\d+/\d+\] \S+\.(?:cc|cpp|c|proto)\b")
_SELECTED, _ALL = "selected", "all"


@dataclass(frozen=True)
class Cost:
    """``stripped``: bytes of run_model without symbols. ``units``: compiled files, those of the makefile's log."""

    seconds: float
    cpu: float
    units: int
    stripped: int


@dataclass(frozen=True)
class Bench:
    """Where everything is; ``objects`` is shared by all libraries."""

    tree: Path
    target: str
    folder: Path
    objects: Path
    more: tuple[str, ...]

    def build(self, name: str, models: Iterable[Path], register: str) -> Cost:
        """Build a library and measure it.

        Raises:
            Failed: there is none.
        """
        output = self.folder / name
        command = built.build_command(
            models,
            self.tree,
            self.target,
            output,
            ("--register", register, "--objects", str(self.objects), *self.more),
        )
        done: Run = run(command)
        library = built.library_of(json.loads(done.output), self.target)
        log = (output / "build" / "build.log").read_text(encoding="utf-8", errors="replace")
        return Cost(done.seconds, done.cpu, len(_UNIT.findall(log)), library.stripped)


def main() -> None:
    """Measure, and print the tables."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="opsieve-bench-", dir=options.folder) as folder:
        work = Path(folder)
        tree = Path(options.tree)
        objects = Path(options.objects) if options.objects else work / "objects"
        bench = Bench(tree, options.target, work, objects, tuple(options.build_option))
        print(f"{machine()}; {options.target}", flush=True)
        models = {name: zoo.path_of(name) for name in options.models}
        costs = {name: _measured(bench, name, path, options.peer_python) for name, path in models.items()}
        everything = None
        if options.everything:
            ops = _every_portable_op(tree, options.target, work, frozenset(options.without))
            everything = _try(bench, "everything", [ops], _ALL)
    print(_times(costs, everything, bool(options.objects)), end="\n\n")
    print(_sizes(costs, everything))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    trees = os.environ.get("OPSIEVE_TENSORFLOW_TREE", "").split(os.pathsep)
    parser.add_argument("--models", nargs="*", default=["mlp", "mobilenet_v1", "mobilenet_v2", "inception_v3", "lstm"])
    parser.add_argument("--tree", default=trees[0], required=not trees[0])
    parser.add_argument("--target", default="linux-x86_64", choices=sorted(built.TARGETS))
    parser.add_argument("--objects", help="objects that are there already: what is measured is not the first library")
    parser.add_argument("--folder", help="where to build; needs some GB")
    parser.add_argument("--everything", action="store_true", help="also every portable kernel: half an hour or more")
    parser.add_argument(
        "--without", action="append", default=[], metavar="FILE", help="a source to leave out of every portable kernel"
    )
    parser.add_argument(
        "--build-option", action="append", default=[], help="handed on to opsieve build, as --store=DIR"
    )
    parser.add_argument("--peer-python", default=sys.executable, help="the interpreter that has TensorFlow")
    return parser.parse_args()


def _measured(bench: Bench, name: str, path: Path, peer_python: str) -> dict[str, Cost | None]:
    costs = {
        "ours": _try(bench, name, [path], _SELECTED),
        "all": _try(bench, f"{name}-all", [path], _ALL),
        "peer": None,
    }
    header = _peer_header(path, bench.folder / f"{name}.h", peer_python)
    if header is not None:
        costs["peer"] = _try(bench, f"{name}-peer", [path], str(header))
    return costs


def _try(bench: Bench, name: str, models: list[Path], register: str) -> Cost | None:
    try:
        cost = bench.build(name, models, register)
    except Failed as error:
        print(f"{name}: {error}", file=sys.stderr)
        return None
    print(f"{name}: {cost}", flush=True)
    return cost


def _peer_header(model: Path, header: Path, python: str) -> Path | None:
    """What TensorFlow's tool makes of a model, None where it cannot read it."""
    command = [python, "-m", "tensorflow.python.tools.print_selective_registration_header"]
    try:
        done = run(
            [*command, f"--graphs={model}", "--proto_fileformat=rawproto"], environment={"TF_CPP_MIN_LOG_LEVEL": "3"}
        )
    except Failed as error:
        print(f"TensorFlow's tool, {model.name}: {str(error).splitlines()[-1]}", file=sys.stderr)
        return None
    header.write_bytes(done.output)
    return header


def _every_portable_op(tree: Path, target: str, folder: Path, without: frozenset[str]) -> Path:
    """A list of the ops that have a kernel in a portable file of the tree, which opsieve reads like a model."""
    from opsieve.build.toolchains import check_toolchain
    from opsieve.tree.build import build_index
    from opsieve.tree.buildfiles import BuildFiles, configurations

    configuration = configurations()[check_toolchain(target).configuration]
    portable = set(BuildFiles(tree, configuration).files(_PORTABLE)) - without
    index = build_index(tree, preset="mobile")
    ops = sorted(
        op
        for op, kernels in index.kernels.items()
        if any(kernel.file in portable and kernel.device in ("CPU", "DEFAULT") for kernel in kernels)
    )
    path = folder / "every_portable_op.json"
    path.write_text(json.dumps([[op, ""] for op in ops]), encoding="utf-8")
    return path


def _times(costs: dict[str, dict[str, Cost | None]], everything: Cost | None, shared: bool) -> str:
    rows = []
    for number, (name, by_mode) in enumerate(costs.items()):
        what = f"{name}, first library" if number == 0 and not shared else f"{name}, sharing objects"
        rows.append([what, *_time(by_mode["ours"])])
    if everything is not None:
        rows.append(["every portable kernel, sharing objects", *_time(everything)])
    return table(["library", "time", "CPU-minutes", "files compiled"], rows)


def _time(cost: Cost | None) -> list[str]:
    if cost is None:
        return ["–"] * 3
    return [f"{cost.seconds / 60:.1f} min", f"{cost.cpu / 60:.1f}", str(cost.units)]


def _sizes(costs: dict[str, dict[str, Cost | None]], everything: Cost | None) -> str:
    rows = [
        [name, _size(everything), *(_size(by_mode[mode]) for mode in ("all", "peer", "ours"))]
        for name, by_mode in costs.items()
    ]
    titles = ["run_model, stripped", "every portable kernel", "the model's files", "TensorFlow's header", "opsieve"]
    return table(titles, rows)


def _size(cost: Cost | None) -> str:
    return "–" if cost is None else f"{cost.stripped:,}"


if __name__ == "__main__":
    main()
