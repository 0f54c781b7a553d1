"""What is fuzzed here: ``PYTHONPATH=tests python -m unit.size.cost.targets --cases 100000``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from opsieve.binary import archive
from opsieve.size.cost.exports import exported_names
from opsieve.size.cost.graph import code_graph
from opsieve.size.cost.objects import ELSEWHERE, LinkedObject, archive_objects, read_object
from opsieve.size.cost.registrations import Registered, registration_parts, start_up
from opsieve.size.reading.limits import Limits
from unit.size.fuzzing import Read, main
from unit.size.reading.targets import seeds

_REGISTERED = Registered({"a square", "seen"}, {"Square": {"a circle"}, "shapes::Base": {"run"}})


def checked(linked: LinkedObject) -> LinkedObject:
    """An object whose numbers are all of something; what is made of it, too."""
    count = len(linked.sections)
    for symbol in linked.symbols:
        assert symbol.section == ELSEWHERE or 0 < symbol.section < count
    for number, references in linked.references.items():
        assert linked.sections[number] is not None
        assert references == sorted(references)
        assert all(0 <= reference.symbol < len(linked.symbols) for reference in references)
    for section in linked.sections:
        assert section is None or section.follows == ELSEWHERE or 0 < section.follows < count
    parts = registration_parts(linked, start_up(linked, _REGISTERED), _REGISTERED, {})
    graph = code_graph([linked, linked], [parts, parts])
    graph.live(node for node, _ in graph.kept)
    return linked


def _object(content: bytes) -> None:
    checked(read_object(memoryview(content), "an object", Limits()))


def _archive(content: bytes) -> None:
    def no_other(path: Path) -> memoryview:
        raise FileNotFoundError(path)

    members: Iterator[tuple[str, memoryview]] = archive.members(memoryview(content), Path("lib.a"), "lib.a", no_other)
    for linked in archive_objects(members, (), Limits()):
        checked(linked)


def _exports(content: bytes) -> None:
    exported_names(memoryview(content), "a library")


TARGETS: dict[str, tuple[Read, Callable[[], Sequence[bytes]]]] = {
    "object": (_object, partial(seeds, "aarch64.o", "arm.o", "x86-64.o", "debug.o")),
    "objects": (_archive, partial(seeds, "gnu.a")),
    "exports": (_exports, partial(seeds, "*.so")),
}

if __name__ == "__main__":
    main(TARGETS)
