"""Copies the selected ones of many sources into a folder: select_sources.py @PARAMETERS.

Standard library only.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line; ``@FILE`` has arguments, one a line."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@", description=__doc__)
    parser.add_argument("--selection", type=Path, required=True, metavar="FILE", help="selection.json")
    parser.add_argument("--source", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--elsewhere", action="append", default=[], metavar="NAME", help="compiled by others")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR")
    parser.add_argument("--label", required=True, help="the target, for messages")
    return parser.parse_args(arguments)


def chosen(selected: list[str], offered: dict[str, str]) -> dict[str, str]:
    """The path of each selected file that is offered. A tree that is not at the top of its repository has a folder
    before the names of its files."""
    by_name = {}
    for path in selected:
        names = [name for name in (path, *_ending(path, offered)) if name in offered]
        places = {offered[name] for name in names}
        if len(places) > 1:
            sys.exit(f"error: {path} is in srcs more than once: {', '.join(sorted(places))}")
        if places:
            by_name[path] = places.pop()
    return by_name


def _ending(path: str, offered: dict[str, str]) -> list[str]:
    return [name for name in offered if name.endswith(f"/{path}")]


def main() -> None:
    """Copy, or say which selected files nobody has."""
    given = parse(sys.argv[1:])
    selection = json.loads(given.selection.read_text(encoding="utf-8"))
    selected = [source["path"] for source in selection["sources"]]
    offered = dict(pair.split("=", 1) for pair in given.source)
    here = chosen(selected, offered)
    others = chosen(selected, {name: name for name in given.elsewhere})
    nowhere = [path for path in selected if path not in here and path not in others]
    if nowhere:
        shown = ", ".join(nowhere[:5]) + (f" and {len(nowhere) - 5} more" if len(nowhere) > 5 else "")
        sys.exit(
            f"error: {given.label}: {len(nowhere)} selected sources are not in srcs: {shown}\n"
            "  hint: add TensorFlow's filegroup that has them, or their own labels, to srcs; "
            "or to elsewhere if another library compiles them"
        )
    for name, place in here.items():
        if name not in others:
            (given.output / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(place, given.output / name)


if __name__ == "__main__":
    main()
