"""Many small models in one run: time a model, memory, processors used, and TensorFlow's own tool on the same files.

``python benchmarks/many_models.py`` prints the table of docs/benchmarks.md. The models are the demo's GraphDef with
further nodes of random ops and types, each another; protocol buffers are joined by joining their bytes.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from measure import Failed, Run, machine, run, table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from unit.models import encode  # noqa: E402 (found by the line above)

OPS = ("Abs", "Neg", "Square", "Identity", "ZerosLike", "OnesLike")
DTYPES = (1, 2, 3, 9)


def main() -> None:
    """Measure, and print the table and whether the limit of 20 ms a model was kept."""
    options = _options()
    print(f"{machine()}; the best of {options.runs} runs", flush=True)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        models = _models(Path(folder), max(options.counts))
        print(f"{models[0].stat().st_size / 1000:.0f} kB a model", flush=True)
        for count in options.counts:
            ours, peer = [], []
            for _ in range(options.runs):
                ours.append(_ours(options, models[:count], Path(folder) / "out"))
                peer.append(_peer(options, models[:count]))
            rows.append(_row(count, ours, [one for one in peer if one is not None]))
    print(table(["models", "opsieve", "a model", "processors", "peak", "TensorFlow's tool", "times faster"], rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=int, nargs="+", default=[1, 250, 500, 1000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has opsieve")
    parser.add_argument("--peer-python", default=sys.executable, help="the interpreter that has TensorFlow")
    return parser.parse_args()


def _models(folder: Path, count: int) -> list[Path]:
    base = (ROOT / "tools/opsieve/data/demo/digits_mlp.pb").read_bytes()
    chance = random.Random(0)
    paths = []
    for number in range(count):
        nodes = []
        for more in range(chance.randint(5, 60)):
            dtype = chance.choice(DTYPES)
            nodes.append(encode.node(f"in{more}", "Placeholder", dtype=encode.type_attr(dtype)))
            nodes.append(encode.node(f"out{more}", chance.choice(OPS), [f"in{more}"], T=encode.type_attr(dtype)))
        paths.append(folder / f"model{number}.pb")
        paths[-1].write_bytes(base + encode.graph(*nodes, producer=None))
    return paths


def _ours(options: argparse.Namespace, models: list[Path], output: Path) -> Run:
    return run([options.python, "-m", "opsieve", "generate", *map(str, models), "-o", str(output)])


def _peer(options: argparse.Namespace, models: list[Path]) -> Run | None:
    command = [options.peer_python, "-m", "tensorflow.python.tools.print_selective_registration_header"]
    try:
        return run(
            [*command, f"--graphs={','.join(map(str, models))}", "--proto_fileformat=rawproto"],
            environment={"TF_CPP_MIN_LOG_LEVEL": "3"},
        )
    except Failed as error:
        print(f"TensorFlow's tool failed: {error}", file=sys.stderr)
        return None


def _row(count: int, ours: list[Run], peer: list[Run]) -> list[str]:
    best = min(ours, key=lambda one: one.seconds)
    row = [
        f"{count:,}",
        f"{best.seconds:.2f} s",
        f"{best.seconds / count * 1000:.1f} ms",
        f"{best.cpu / best.seconds:.1f}",
        f"{best.peak:.0f} MiB",
    ]
    if not peer:
        return [*row, "failed", ""]
    seconds = min(one.seconds for one in peer)
    return [*row, f"{seconds:.2f} s", f"{seconds / best.seconds:.1f}"]


if __name__ == "__main__":
    main()
