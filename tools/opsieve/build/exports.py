"""What a shared library shows to the app that links it."""

from __future__ import annotations

from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.resources import load_yaml


def exported(interface: str) -> tuple[str, ...]:
    """The names of an interface, as patterns of a version script.

    Raises:
        OpsieveError: there is no such interface.
    """
    known = load_yaml(Path(__file__).with_suffix(".yaml"))
    if interface not in known:
        raise OpsieveError(f"there is no interface {interface!r}", hint=f"There are: {', '.join(known)}")
    return tuple(known[interface]["names"])
