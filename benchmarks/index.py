"""How long opsieve takes to index a TensorFlow source tree, and how that compares with reading it with grep.

``OPSIEVE_TENSORFLOW_TREE=… python benchmarks/index.py`` prints the table of docs/benchmarks.md. Cold means that
opsieve's cache is empty; the operating system has the files in memory in every run.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from measure import Run, machine, median, run, table


def main() -> None:
    """Measure, and print the table and whether the limits were kept."""
    options = _options()
    tree = Path(options.tree)
    cold, warm, grep = [], [], []
    with tempfile.TemporaryDirectory() as scratch:
        listing = _write_listing(tree, Path(scratch) / "files")
        command = [options.python, "-m", "opsieve", "index", str(tree)]
        # grep's status says whether the last batch of files had a match, which is no failure.
        search = ["sh", "-c", "xargs -0 grep REGISTER || true"]
        run(search, input_file=listing)
        for number in range(options.runs):
            place = {"XDG_CACHE_HOME": str(Path(scratch) / f"cache-{number}")}
            cold.append(run(command, environment=place))
            warm.append(run(command, environment=place))
            grep.append(run(search, input_file=listing))
        count = listing.read_bytes().count(b"\0")
    print(f"{machine()}; median of {options.runs} interleaved runs; {count} files")
    rows = [["`opsieve index`, cold", *_figures(cold)], ["`opsieve index`, warm", *_figures(warm)]]
    rows.append(["`grep REGISTER` over the same files", *_figures(grep)])
    print(table(["", "time", "CPU time", "peak"], rows))
    ratio = median([slow.seconds / fast.seconds for slow, fast in zip(cold, grep, strict=True)])
    print(f"\ncold index: {ratio:.1f} times grep")
    slowest = median([one.seconds for one in cold]), median([one.seconds for one in warm])
    print(f"cold {slowest[0]:.2f} s (8 allowed on 2 cores), warm {slowest[1]:.2f} s (0.3 allowed)")
    if slowest[0] > 8 or slowest[1] > 0.3:
        sys.exit(1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    first = os.environ.get("OPSIEVE_TENSORFLOW_TREE", "").split(os.pathsep)[0]
    parser.add_argument("tree", nargs="?", default=first, help="default: the first in OPSIEVE_TENSORFLOW_TREE")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has opsieve")
    options = parser.parse_args()
    if not options.tree:
        parser.error("name a TensorFlow source tree, or set OPSIEVE_TENSORFLOW_TREE")
    return options


def _write_listing(tree: Path, path: Path) -> Path:
    from opsieve.tree.sources import list_sources

    path.write_bytes(b"".join(os.fsencode(tree / source) + b"\0" for source in list_sources(tree).sources))
    return path


def _figures(runs: list[Run]) -> list[str]:
    seconds, cpu = median([one.seconds for one in runs]), median([one.cpu for one in runs])
    return [f"{seconds:.2f} s", f"{cpu:.2f} s", f"{max(one.peak for one in runs):.0f} MiB"]


if __name__ == "__main__":
    main()
