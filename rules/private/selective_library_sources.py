"""Copies what a selection adds to TensorFlow's portable runtime: selective_library_sources.py @PARAMETERS.

Each file keeps its path in the source tree. Before a source of TensorFlow's stands what is selected of it alone, so
that it is compiled again exactly when that changes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line; ``@FILE`` has arguments, one a line."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@", description=__doc__)
    parser.add_argument("--label", required=True, help="the target, for messages")
    parser.add_argument("--selection", type=Path, required=True, metavar="FILE", help="selection.json")
    parser.add_argument("--offer", type=Path, required=True, metavar="FILE", help="offer.json of the runtime")
    parser.add_argument(
        "--registering", action="append", default=[], metavar="PATH", help="of the runtime, in the tree"
    )
    parser.add_argument(
        "--elsewhere", action="append", default=[], metavar="PATH", help="what libraries in deps compile"
    )
    parser.add_argument("--tree", type=Path, required=True, metavar="DIR", help="the source tree")
    parser.add_argument("--sources", type=Path, required=True, metavar="DIR", help="where selected sources go")
    parser.add_argument("--protos-root", type=Path, metavar="DIR", help="where compiled protos are")
    parser.add_argument("--protos", type=Path, required=True, metavar="DIR", help="where the needed ones go")
    parser.add_argument("--package-root", action="append", default=[], metavar="NAME=DIR")
    parser.add_argument("--package", action="append", default=[], metavar="NAME=DIR", help="where its sources go")
    return parser.parse_args(arguments)


def check(label: str, selection: dict[str, Any], offer: dict[str, Any], elsewhere: list[str]) -> list[str]:
    """The selected files, but for those that the runtime or another library has; ends the program where one cannot be
    compiled."""
    selected = selection["tensorflow"]["version"]
    if selected != offer["tensorflow"]:
        sys.exit(
            f"error: {label}: the selection is of TensorFlow {selected}, and the runtime is {offer['tensorflow']}\n"
            '  hint: give selective_ops the index of the runtime\'s own tree: index = "@REPOSITORY//:index"'
        )
    others = {*offer["runtime"], *elsewhere}
    # Custom ops at the top of a workspace are in the folder ".".
    files = [path for source in selection["sources"] if (path := source["path"].removeprefix("./")) not in others]
    for path in files:
        if path not in offer["files"]:
            sys.exit(
                f"error: {label}: the selection takes {path}, which neither TensorFlow's tree offers nor a library in "
                "deps compiles\n"
                '  hint: make a cc_library of custom ops, with alwayslink = True and deps = [the selective_ops, "@'
                'REPOSITORY//:runtime"], and name it in deps'
            )
        row = offer["files"][path]
        if row["lacks"]:
            sys.exit(f"error: {label}: {path} cannot be part of a portable library: nobody has {row['lacks']}")
        for package in row["packages"]:
            if package in offer["missing"]:
                sys.exit(
                    f"error: {label}: {path} needs {package}, which the runtime's repository does not have\n"
                    f"  hint: {offer['missing'][package]}"
                )
    return files


def needed_packages(files: list[str], offer: dict[str, Any]) -> set[str]:
    """The packages that the files need, and those that these need."""
    found: set[str] = set()
    pending = [package for path in files for package in offer["files"][path]["packages"]]
    while pending:
        name = pending.pop()
        if name in offer["packages"] and name not in found:
            found.add(name)
            pending += offer["packages"][name]["needs"]
    return found


def copy(paths: list[str], source: Path, target: Path) -> None:
    """Copy files, which keep their paths; the folder is there even where there are none."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(set(paths)):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / path, target / path)


def write_selected(paths: list[str], selection: Path, source: Path, target: Path) -> None:
    """Copy sources of TensorFlow, each after its own ops_to_register.h.

    They tell their names as they are in TensorFlow's tree, and its lines.
    """
    from opsieve.codegen.unit_headers import unit_headers
    from opsieve.selection.document import read_selection

    with tempfile.TemporaryDirectory() as folder:
        # Nothing of this machine, and nothing left on it.
        os.environ["OPSIEVE_CACHE_DIR"] = folder
        headers = unit_headers(read_selection(selection)[0], paths)
    target.mkdir(parents=True, exist_ok=True)
    for path in paths:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        before = f'{headers[path]}\n#line 1 "{path}"\n'.encode("utf-8", "surrogateescape")
        (target / path).write_bytes(before + (source / path).read_bytes())


def main() -> None:
    """Copy, or say what is in the way."""
    given = parse(sys.argv[1:])
    offer = json.loads(given.offer.read_text(encoding="utf-8"))
    files = check(given.label, json.loads(given.selection.read_text(encoding="utf-8")), offer, given.elsewhere)
    write_selected(sorted({*files, *given.registering}), given.selection, given.tree, given.sources)
    protos = [proto.removesuffix(".proto") + ".pb.cc" for path in files for proto in offer["files"][path]["protos"]]
    copy(protos, given.protos_root or Path(), given.protos)
    needed = needed_packages(files, offer)
    roots = dict(pair.split("=", 1) for pair in given.package_root)
    for pair in given.package:
        name, place = pair.split("=", 1)
        copy(offer["packages"][name]["sources"] if name in needed else [], Path(roots[name]), Path(place))


if __name__ == "__main__":
    main()
