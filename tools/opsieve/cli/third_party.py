"""Which third-party packages a user brings along, and where the others are."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from opsieve.errors import OpsieveError


@dataclass(frozen=True, slots=True)
class ThirdPartyRequest:
    """``given``: a folder by package, or a program by tool. ``store``: of fetched packages, if not in the cache."""

    given: dict[str, Path] = field(default_factory=dict)
    store: Path | None = None


def parse_third_party(texts: tuple[str, ...], store: str | None) -> ThirdPartyRequest:
    """What --third-party NAME=DIR and --store DIR say.

    Raises:
        OpsieveError: not of that form, or two folders for one package.
    """
    given: dict[str, Path] = {}
    for text in texts:
        name, separator, place = text.partition("=")
        if not separator or not name or not place:
            raise OpsieveError(f"--third-party {text}: not NAME=DIR", hint="for example eigen=$HOME/eigen")
        if given.setdefault(name, Path(place)) != Path(place):
            raise OpsieveError(f"--third-party {name} is given twice: {given[name]} and {place}")
    return ThirdPartyRequest(given, Path(store) if store else None)
