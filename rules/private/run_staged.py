"""Runs opsieve in a folder where every input has the name that it has in the source tree.

What opsieve writes then says nothing of output folders of Bazel, and is the same for every configuration. Nothing that
was not declared is there to be read.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

_SUFFIX = ".in_tree"


@dataclass
class Given:
    """The command line: pairs are NAME=PATH, with the name that a file has for opsieve."""

    # Options by their names on the command line.
    input: list[str] = field(default_factory=list)
    tree: list[str] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    run: list[list[str]] = field(default_factory=list)
    tree_root: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)


def parse(arguments: list[str]) -> Given:
    """What the arguments say, each ``--OPTION=VALUE`` or ``@FILE`` with such lines.

    ``--input``, ``--tree`` (a file of TensorFlow) and ``--output`` (a folder to write into): NAME=PATH; ``--run``: a
    command of opsieve, and ``--word``: each of its arguments; ``--tree-root``: the folder that names of ``--tree``
    begin with; ``--advice``: SAID=ADVICE, what to do when a run that fails says the one. The time that argparse takes
    grows with the square of the number of options, and there is one for each file of TensorFlow: 6 s for 15,000.
    """
    given = Given()
    for argument in arguments:
        lines = _text(Path(argument[1:]).read_bytes()).split("\n") if argument.startswith("@") else [argument]
        for line in filter(None, lines):
            option, _, value = line.partition("=")
            if option == "--run":
                given.run.append([value])
            elif option == "--word":
                given.run[-1].append(value)
            else:
                getattr(given, option.removeprefix("--").replace("-", "_")).append(value)
    return given


def _text(content: bytes) -> str:
    """A file of Bazel's. To many a Bazel a name is a row of bytes, each of which it writes as a character of UTF-8."""
    text = content.decode("utf-8", "surrogateescape")
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def stage(given: Given, top: Path) -> None:
    """Link inputs and output folders to their names below ``top``/workspace, and copy TensorFlow below ``top``/tree.

    opsieve follows no link out of a source tree.
    """
    folders: set[Path] = set()
    for pair in given.input:
        name, _, path = pair.partition("=")
        _link(top / "workspace" / name, path, folders)
    root = "".join(given.tree_root).strip("/")
    prefix = f"{root}/" if root else ""
    for pair in given.tree:
        name, _, path = pair.partition("=")
        if name.startswith(prefix):
            place = top / "tree" / name.removeprefix(prefix).removesuffix(_SUFFIX)
            _make_folder(place.parent, folders)
            shutil.copyfile(path, place)
    for pair in given.output:
        name, _, path = pair.partition("=")
        _link(top / "workspace" / name, path, folders)


def _link(place: Path, path: str, folders: set[Path]) -> None:
    _make_folder(place.parent, folders)
    target = os.path.abspath(path)
    try:
        place.symlink_to(target)
    except FileExistsError:
        if os.readlink(place) != target:
            sys.exit(f"error: {place.name} is given twice, as {os.readlink(place)} and as {target}")


def _make_folder(folder: Path, made: set[Path]) -> None:
    if folder not in made:
        folder.mkdir(parents=True, exist_ok=True)
        made.add(folder)


def run(arguments: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """One command of opsieve, which ends its process, in a process of its own."""
    command = [sys.executable, "-m", "opsieve", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def explained(output: str, errors: str, advice: list[str]) -> str:
    """What a run that failed said, and what that means to somebody who has a BUILD file to change."""
    fitting = [what for said, _, what in (each.partition("=") for each in advice) if said in output or said in errors]
    return "\n".join(filter(None, (output, errors, *fitting)))


def main() -> None:
    """Run the commands; the first that fails ends it, with all that it says."""
    given = parse(sys.argv[1:])
    # What Bazel sends on Ctrl-C: the folder is removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        for below in ("workspace", "tree", "cache"):
            (top / below).mkdir()
        stage(given, top)
        modules = os.pathsep.join(os.path.abspath(path) for path in sys.path if path)
        environment = {**os.environ, "OPSIEVE_CACHE_DIR": str(top / "cache"), "PYTHONPATH": modules}
        for command in given.run:
            done = run(command, top / "workspace", environment)
            if done.returncode:
                sys.exit(explained(done.stdout.rstrip(), done.stderr.rstrip(), given.advice))
            for line in done.stderr.splitlines():
                if line.startswith("warning:"):
                    print(line, file=sys.stderr)


if __name__ == "__main__":
    main()
