"""The colours of the page and of the picture, and what people call the kinds of owners."""

from __future__ import annotations

from dataclasses import dataclass

from opsieve.size import attribution


@dataclass(frozen=True, slots=True)
class Kind:
    """How one of OWNER_KINDS is shown: a name for people, and its colour on a light and on a dark page."""

    kind: str
    title: str
    light: str
    dark: str


# Black text on the light ones and white text on the dark ones have a contrast of 4.5 or more (WCAG 2.2, 1.4.3).
KINDS = (
    Kind(attribution.KERNEL, "Kernels", "#f6a56b", "#a34d12"),
    Kind(attribution.OP, "Op definitions", "#f2cf63", "#7d6108"),
    Kind(attribution.RUNTIME, "TensorFlow core", "#8fb8f0", "#2f5da8"),
    Kind(attribution.PROTOS, "Message classes", "#c3aef0", "#6547ad"),
    Kind(attribution.PACKAGE, "Packages", "#7fd0b3", "#14705a"),
    Kind(attribution.TOOLCHAIN, "Toolchain", "#cdb79b", "#75593a"),
    Kind(attribution.PROGRAM, "Program", "#f5a8c0", "#a0365f"),
    Kind(attribution.LIBRARY, "Native libraries", "#8fc7d6", "#1d6577"),
    Kind(attribution.FILE, "Other files", "#d9c0a0", "#775a33"),
    Kind(attribution.FORMAT, "File format", "#b9c4d0", "#4d5b6b"),
    Kind(attribution.UNATTRIBUTED, "Unattributed", "#d4d4d4", "#5c5c5c"),
)

_BY_NAME = {kind.kind: kind for kind in KINDS}
_UNKNOWN = _BY_NAME[attribution.UNATTRIBUTED]


def look(kind: str) -> Kind:
    """How ``kind`` is shown; one that is not in OWNER_KINDS has its own name and the colour of unattributed bytes."""
    return _BY_NAME.get(kind) or Kind(kind, kind, _UNKNOWN.light, _UNKNOWN.dark)
