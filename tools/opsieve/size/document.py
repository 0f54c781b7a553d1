"""An attribution as JSON (schema 1), for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable

from opsieve import __version__
from opsieve.size.attribution import Attribution, Owner
from opsieve.size.totals import Sizes, by_owner, by_section

SCHEMA = 1


def to_json(attribution: Attribution) -> bytes:
    """The owners and sections, ASCII, one row a line; the same bytes for the same attribution.

    The owners' ``file_size`` sum to the file's, as the sections' do; their ``loaded_size`` to what it has in memory.
    """
    head = {
        "schema": SCHEMA,
        "generated_by": f"opsieve {__version__}",
        "file": attribution.file,
        "kind": attribution.kind,
        "machine": attribution.machine,
        "file_size": attribution.file_size,
        "loaded_size": attribution.loaded_size,
        "evidence": attribution.evidence,
        "build": dict(attribution.build),
    }
    parts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    parts.append(_rows("sections", ({"name": n} | _sizes(s) for n, s in by_section(attribution).items())))
    parts.append(_rows("owners", (_owner(owner, sizes) for owner, sizes in by_owner(attribution))))
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode("ascii")


def _owner(owner: Owner, sizes: Sizes) -> dict[str, object]:
    return {
        "name": owner.name,
        "kind": owner.kind,
        **_sizes(sizes),
        "ops": owner.ops,
        "classes": owner.classes,
        "dtypes": owner.dtypes,
        "models": owner.models,
    }


def _sizes(sizes: Sizes) -> dict[str, object]:
    return {"file_size": sizes.file_size, "loaded_size": sizes.loaded_size}


def _rows(name: str, rows: Iterable[dict[str, object]]) -> str:
    lines = ",\n".join(f"  {json.dumps(row)}" for row in rows)
    return f'"{name}": [\n{lines}\n]' if lines else f'"{name}": []'
