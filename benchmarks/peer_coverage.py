"""Which of what TensorFlow runs for a model its own tool selects, and which opsieve does.

``python benchmarks/peer_coverage.py [MODEL...]`` prints the table of docs/benchmarks.md, over the models of
tests/e2e/zoo.py. TensorFlow's tool is what print_selective_registration_header calls
(tensorflow/python/tools/selective_registration_header_lib.py, get_ops_and_kernels). It reads GraphDefs only: of other
formats it is also given the main GraphDef, taken out of the file.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from measure import table  # noqa: E402

Pairs = frozenset[tuple[str, str]]

# What the tool adds to every selection (its flag --default_ops).
_DEFAULT_OPS = "NoOp:NoOp,_Recv:RecvOp,_Send:SendOp"
_READABLE = {"graphdef": "rawproto", "graphdef-text": "textproto"}
_NAMED = 6


@dataclass(frozen=True)
class Compared:
    """(op, class) pairs without spaces in the class; ``refused``: what of the model the peer could not read."""

    name: str
    ran: Pairs
    peer: Pairs
    ours: Pairs
    refused: str


def main() -> None:
    """Compare, with grappler as a mobile library has it (off) or as a desktop library has it (on)."""
    options = _options()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from e2e import executed, zoo

    names = options.models or list(zoo.MODELS)
    executed.fill(names)
    found = []
    for name in names:
        try:
            found.append(_compare(name, grappler=options.grappler))
        except zoo.CannotBuild as error:
            print(f"  {name}: skipped: {error}", file=sys.stderr)
    titles = ["model", "ran: ops/kernels", "TensorFlow's tool misses", "and includes for nothing"]
    titles += ["opsieve misses", "and includes for nothing"]
    print(f"Grappler {'on' if options.grappler else 'off'}; kernels as (op, class) pairs\n")
    print(table(titles, [_row(one) for one in found]))
    peer_missed = sum(bool(one.ran - one.peer) for one in found)
    our_missed = sum(bool(one.ran - one.ours) for one in found)
    print(
        f"\nOf {len(found)} models, TensorFlow's tool selects too little for {peer_missed}"
        f" ({sum(bool(one.refused) for one in found)} it cannot read without help), opsieve for {our_missed}."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", help="names in tests/e2e/zoo.py")
    parser.add_argument("--grappler", action="store_true", help="as a desktop library runs graphs")
    return parser.parse_args()


def _compare(name: str, *, grappler: bool) -> Compared:
    from e2e import coverage, executed, zoo

    path = zoo.path_of(name)
    nodes = executed.execution_of(name, grappler=grappler).nodes()
    ran = frozenset((node.op, node.class_text) for node in nodes if node.op not in coverage.system_ops())
    with tempfile.TemporaryDirectory() as folder:
        peer, refused = _peer(path, zoo.MODELS[name].format, Path(folder))
        selected = coverage.select(path, Path(folder) / "out", grappler=grappler)
    ours = frozenset((row.op, row.class_text) for row in selected.rows if row.op in selected.ops)
    return Compared(name, ran, peer, ours, refused)


def _peer(path: Path, model_format: str, scratch: Path) -> tuple[Pairs, str]:
    """What TensorFlow's tool selects, and the format that it rejected before the GraphDef was taken out."""
    kind = _READABLE.get(model_format)
    if kind is not None:
        return _ask_peer(kind, path), ""
    file = path / "saved_model.pb" if path.is_dir() else path
    try:
        return _ask_peer("rawproto", file), ""
    except Exception as error:  # noqa: BLE001 - whatever it ends with, it cannot read the file
        print(f"  {path.name}: {type(error).__name__} from TensorFlow's tool", file=sys.stderr)
    from e2e.reference import graphs_of_model

    graph: Any
    (graph,) = graphs_of_model(path, model_format)
    extracted = scratch / "graph.pb"
    extracted.write_bytes(graph.SerializeToString())
    return _ask_peer("rawproto", extracted), {"savedmodel": "SavedModel", "metagraph": "MetaGraphDef"}.get(
        model_format, "TensorFlow.js"
    )


def _ask_peer(kind: str, file: Path) -> Pairs:
    from tensorflow.python.tools import selective_registration_header_lib as peer

    pairs = peer.get_ops_and_kernels(kind, [str(file)], _DEFAULT_OPS)
    # The text that its header lists has the class as the registry gives it.
    return frozenset((op, (text or "").replace(" ", "")) for op, text in pairs)


def _row(one: Compared) -> list[str]:
    rejected = f"rejected: {one.refused}; of its GraphDef: " if one.refused else ""
    return [
        one.name,
        f"{len({op for op, _ in one.ran})}/{len(one.ran)}",
        rejected + _named(one.ran - one.peer),
        str(len(one.peer - one.ran)),
        _named(one.ran - one.ours),
        str(len(one.ours - one.ran)),
    ]


def _named(pairs: Iterable[tuple[str, str]]) -> str:
    pairs = list(pairs)
    ops = sorted({op for op, _ in pairs})
    more = ", …" if len(ops) > _NAMED else ""
    return f"{len(pairs)} ({', '.join(ops[:_NAMED])}{more})" if pairs else "0"


if __name__ == "__main__":
    main()
