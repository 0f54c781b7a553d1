"""opsieve generate against TensorFlow's print_selective_registration_header: whole processes, on the same files.

``python benchmarks/generate.py`` prints the tables of docs/benchmarks.md. The runs of the two are interleaved, and the
ratio is taken pair by pair, so that a machine that gets slower meanwhile does not change it.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from measure import Failed, Run, machine, median, run, table

ROOT = Path(__file__).resolve().parents[1]
MODELS = (
    "inception_v3",
    "resnet50",
    "mobilenet_v2",
    "mobilenet_v2_text",
    "efficientnet_b0",
    "frozen_gru_with_functions",
    "lstm",
    "guesslang",
)
_FORMAT_FLAGS = {"graphdef": "rawproto", "graphdef-text": "textproto", "savedmodel": "rawproto"}


@dataclass
class Pairs:
    """The runs on one model. ``refused`` is what the peer said when it cannot read the file."""

    name: str
    path: Path
    ours: list[Run] = field(default_factory=list)
    peer: list[Run] = field(default_factory=list)
    refused: str = ""
    common: str = ""


def main() -> None:
    """Measure, and print the table and whether the two limits were kept."""
    options = _options()
    print(f"{machine()}; median of {options.runs} interleaved runs", flush=True)
    measured = []
    for name, model_format, path in _models(options):
        pairs = Pairs(name, path)
        _measure(pairs, model_format, options)
        measured.append(pairs)
        print(f"  {name}: done", file=sys.stderr, flush=True)
    titles = ["model", "file", "opsieve", "peak", "TensorFlow's tool", "peak", "times faster", "kernel classes"]
    print(table(titles, [_row(pairs) for pairs in measured]))
    _judge(measured)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=MODELS, help="names in tests/e2e/zoo.py")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has opsieve")
    parser.add_argument("--peer-python", default=sys.executable, help="the interpreter that has TensorFlow")
    parser.add_argument("--tensorflow", help="source tree or index for opsieve; without it, the embedded index")
    return parser.parse_args()


def _models(options: argparse.Namespace) -> list[tuple[str, str, Path]]:
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
    printed = run([options.peer_python, "-m", "e2e.zoo", *options.models]).output.decode()
    rows = [line.split("\t") for line in printed.splitlines() if line.count("\t") == 2]
    return [(name, kind, Path(path)) for name, kind, path in rows if not path.startswith("skipped")]


def _measure(pairs: Pairs, model_format: str, options: argparse.Namespace) -> None:
    file = pairs.path / "saved_model.pb" if model_format == "savedmodel" else pairs.path
    peer = [options.peer_python, "-m", "tensorflow.python.tools.print_selective_registration_header"]
    peer += [f"--graphs={file}", f"--proto_fileformat={_FORMAT_FLAGS[model_format]}"]
    with tempfile.TemporaryDirectory() as folder:
        ours = [options.python, "-m", "opsieve", "generate", str(pairs.path), "-o", folder, *_flags(options)]
        # Once unmeasured: the operating system's and opsieve's caches are warm for both from then on.
        run(ours)
        try:
            header = run(peer).output.decode()
        except Failed as error:
            pairs.refused = str(error).splitlines()[-1]
            header = ""
        for _ in range(options.runs):
            pairs.ours.append(run(ours))
            if not pairs.refused:
                pairs.peer.append(run(peer))
        pairs.common = _compare(header, (Path(folder) / "ops_to_register.h").read_text(encoding="utf-8"))


def _flags(options: argparse.Namespace) -> list[str]:
    # The models hold kernels for the machine they were trained on as well; TensorFlow's tool leaves them out silently.
    flags = ["--allow-unresolved", "CudnnRNN", "--allow-unresolved", "CudnnRNNBackprop"]
    return flags + (["--tensorflow", options.tensorflow] if options.tensorflow else [])


def _compare(peer: str, ours: str) -> str:
    listed = peer[peer.find("kNecessaryOpKernelClasses[]") :]
    wanted = {text.replace(" ", "") for text in re.findall(r'^"(.*)",$', listed, re.MULTILINE)}
    if not wanted:
        return ""
    mine = ours.replace(" ", "")
    missing = sorted(text for text in wanted if text not in mine)
    return f"all {len(wanted)} of its" if not missing else f"**missing: {', '.join(missing)}**"


def _row(pairs: Pairs) -> list[str]:
    files = [pairs.path] if pairs.path.is_file() else [file for file in pairs.path.rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files) / 1e6
    row = [pairs.path.name, f"{size:.1f} MB", *_figures(pairs.ours)]
    if pairs.refused:
        return [*row, "cannot read it", "", "", ""]
    return [*row, *_figures(pairs.peer), _ratio(pairs), pairs.common]


def _figures(runs: list[Run]) -> list[str]:
    return [f"{median([one.seconds for one in runs]):.3f} s", f"{median([one.peak for one in runs]):.0f} MiB"]


def _ratios(pairs: Pairs) -> list[float]:
    return [peer.seconds / ours.seconds for ours, peer in zip(pairs.ours, pairs.peer, strict=True)]


def _ratio(pairs: Pairs) -> str:
    ratios = _ratios(pairs)
    return f"{median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"


def _judge(measured: list[Pairs]) -> None:
    for pairs in measured:
        if pairs.name != "inception_v3" or pairs.refused:
            continue
        ratio, peak = median(_ratios(pairs)), max(one.peak for one in pairs.ours)
        print(f"\nInceptionV3: {ratio:.1f} times faster (at least 12 wanted), {peak:.0f} MiB at most (64 allowed)")
        if ratio < 12 or peak > 64:
            sys.exit(1)


if __name__ == "__main__":
    main()
