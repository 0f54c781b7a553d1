"""What a build says of itself, for comparing two."""

from __future__ import annotations

from pathlib import Path

from opsieve.selection.selection import Selection

# What `opsieve build` writes there, a line each; the third names the compiler first.
_LINK = Path("build") / "link.txt"
_LINES = ("target", "compiler", "compile flags", "", "", "", "library link flags", "program link flags")


def read_build_facts(folder: Path | None, selection: Selection | None) -> tuple[tuple[str, str], ...]:
    """What is known of a build: what was selected, and if its output is in a folder its target, compiler and flags."""
    facts: dict[str, str] = {}
    if selection is not None:
        facts["tensorflow"] = selection.version
        facts["defines"] = " ".join(f"{name}={value}" for name, value in sorted(selection.defines.items()))
        facts["runtime"] = " ".join(name for name, on in sorted(selection.runtime.items()) if on)
    try:
        lines = (folder / _LINK).read_text(encoding="utf-8").splitlines() if folder is not None else []
    except (OSError, UnicodeDecodeError):
        lines = []
    for name, line in zip(_LINES, lines, strict=False):
        if name == "target":
            facts[name] = line.rpartition("-")[0]
        elif name == "compile flags":
            facts[name] = " ".join(word for word in line.split() if word.startswith("-"))
        elif name:
            facts[name] = " ".join(word for word in line.split() if "/" not in word)
    return tuple(facts.items())
