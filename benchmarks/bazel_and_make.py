"""Whether Bazel and Make build the same library from a source tree: sources, sizes, and what the programs answer.

``OPSIEVE_TENSORFLOW_TREE=~/tensorflow python benchmarks/bazel_and_make.py`` prints a table of docs/benchmarks.md. Bazel
runs as in the tests (tests/bazel/bazel.py); its libraries are for a target and not for the host's own tool chain, as
those of ``opsieve build`` are. The exit status says whether all agree.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from measure import machine, run, table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from bazel.bazel import Bazel  # noqa: E402 (found by the line above)
from e2e import built, zoo  # noqa: E402
from e2e.answers import answers  # noqa: E402
from e2e.program import Program, largest_difference, outputs  # noqa: E402

# Of a stripped program, in parts of Make's.
_TOLERANCE = 0.01

_WORKSPACE = """\
local_repository(name = "opsieve", path = "{opsieve}")
load("@opsieve//rules:repositories.bzl", "host_python_packages", "portable_tensorflow_repository")
host_python_packages(name = "opsieve_pip")
register_toolchains("@opsieve_pip//:toolchain")
portable_tensorflow_repository(
    name = "tf",
    fetch = True,
    path = "{tree}",
    store = "{store}",
    targets = ["{target}"],
)
register_toolchains("@tf//toolchains:{target}")
"""
_BUILD = """\
load("@opsieve//rules:defs.bzl", "selective_library", "selective_multi_library", "selective_ops")
selective_ops(name = "ops", index = "@tf//:index", models = ["{model}"])
selective_library(name = "library", ops = ":ops", runtime = "@tf//:runtime")
selective_multi_library(
    name = "built",
    crosstool_top = "@tf//toolchains:suite",
    library = ":library",
    platforms = ["{target}"],
)
"""
_GROUPS = "--output_groups=static,run_model,stripped"


@dataclass(frozen=True)
class Built:
    """``sources``: of the archive's objects. ``stripped``: bytes of run_model without symbols."""

    sources: collections.Counter[str]
    stripped: int
    program: Program
    seconds: float


def main() -> None:
    """Build each model's library twice, compare them, and print the table."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="opsieve-bench-", dir=options.folder) as folder:
        work = Path(folder)
        bazel = Bazel(options.bazel, work / "bazel")
        bazel.folder.mkdir()
        print(f"{machine()}; {options.target}", flush=True)
        try:
            rows = [_row(name, bazel, work / name, options) for name in options.models]
        finally:
            bazel.stop_all()
    titles = ["model", "sources", "Make, bytes", "Bazel, bytes", "", "answers", "to Python's", "null build"]
    print(table(titles, [row for row, _ in rows]))
    sys.exit(not all(fine for _, fine in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    trees = os.environ.get("OPSIEVE_TENSORFLOW_TREE", "").split(os.pathsep)
    bazel = shutil.which("bazel")
    parser.add_argument("--models", nargs="*", default=["mlp", "mobilenet_v1", "inception_v3"])
    parser.add_argument("--tree", default=trees[0], required=not trees[0])
    parser.add_argument("--target", default="linux-x86_64", choices=sorted(built.TARGETS))
    parser.add_argument("--folder", help="where to build; needs some GB")
    parser.add_argument("--store", default="", help="where fetched packages are, as of opsieve deps fetch")
    parser.add_argument("--objects", help="Make's objects that are there already")
    parser.add_argument("--disk-cache", help="Bazel's")
    parser.add_argument("--bazel", default=bazel, required=not bazel)
    return parser.parse_args()


def _row(name: str, bazel: Bazel, folder: Path, options: argparse.Namespace) -> tuple[list[str], bool]:
    model = zoo.path_of(name)
    folder.mkdir()
    make = _by_make(model, folder / "make", options)
    ours, null = _by_bazel(model, bazel, folder / "app", options)
    ratio = ours.stripped / make.stripped - 1
    apart, from_python = _differences(name, model, ours.program, make.program, folder)
    same = ours.sources == make.sources
    row = [
        name,
        f"the same {sum(make.sources.values())}" if same else _difference(make.sources, ours.sources),
        f"{make.stripped:,}",
        f"{ours.stripped:,}",
        f"{ratio:+.2%}",
        "the same" if apart == 0 else f"within {apart:.1g}",
        f"{from_python:.1e}",
        f"{null:.2f} s",
    ]
    print(" | ".join([*row, f"Make {make.seconds:.0f} s, Bazel {ours.seconds:.0f} s"]), flush=True)
    return row, same and abs(ratio) <= _TOLERANCE and apart == 0


def _by_make(model: Path, output: Path, options: argparse.Namespace) -> Built:
    more = [f"--{option}={value}" for option in ("objects", "store") if (value := getattr(options, option))]
    done = run(built.build_command([model], Path(options.tree), options.target, output, more))
    library = built.library_of(json.loads(done.output), options.target)
    return Built(built.sources_in(library.archive), library.stripped, library.program, done.seconds)


def _by_bazel(model: Path, bazel: Bazel, folder: Path, options: argparse.Namespace) -> tuple[Built, float]:
    """The library, and how long it takes to find that nothing is to be done."""
    folder.mkdir()
    name = model.name.replace(" ", "_")
    (folder / name).symlink_to(model)
    places = {"opsieve": bazel.checkout, "tree": Path(options.tree).resolve(), "store": options.store}
    (folder / "WORKSPACE").write_text(_WORKSPACE.format(**places, target=options.target))
    (folder / "BUILD").write_text(_BUILD.format(model=name, target=options.target))
    cache = [f"--disk_cache={options.disk_cache}"] if options.disk_cache else []
    done = bazel.must(folder, "build", _GROUPS, *cache, "//:built")
    null = min(bazel.must(folder, "build", _GROUPS, *cache, "//:built").seconds for _ in range(3))
    output = folder / "bazel-bin" / "built" / options.target
    program = output / "library_run_model"
    stripped = (output / "stripped" / program.name).stat().st_size
    kept = folder / program.name
    shutil.copy(program, kept)
    sources = built.sources_in(output / "liblibrary.a")
    bazel.stop(folder)
    return Built(sources, stripped, Program(kept, built.TARGETS[options.target]), done.seconds), null


def _difference(make: collections.Counter[str], bazel: collections.Counter[str]) -> str:
    return f"only Make: {', '.join(make - bazel) or '–'}; only Bazel: {', '.join(bazel - make) or '–'}"


def _differences(name: str, model: Path, ours: Program, theirs: Program, folder: Path) -> tuple[float, float]:
    """How far the two programs are apart on the same inputs, and at most from TensorFlow in Python."""
    apart, from_python = 0.0, 0.0
    for number, answer in enumerate(answers(name, model, zoo.MODELS[name].format, folder)):
        said = [
            outputs(program, model, answer, folder / f"{number} {who}")
            for who, program in (("bazel", ours), ("make", theirs))
        ]
        apart = max(apart, *itertools.starmap(largest_difference, itertools.permutations(said)))
        from_python = max(
            from_python, *(largest_difference(each, {**answer.outputs, **answer.scores}) for each in said)
        )
    return apart, from_python


if __name__ == "__main__":
    main()
