"""What a size may be."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from opsieve.size.attribution import PACKAGED
from opsieve.size.compare.comparison import CLASS, DTYPE, KIND, MODEL, OP, OWNER, SECTION, SOURCE

TOTAL, LOADED, STRIPPED, UNPACKED = "total", "loaded", "stripped", "unpacked"
WHOLE = (TOTAL, LOADED, STRIPPED, UNPACKED)
MEMBER = "member"  # a file of a package
# What packages have, and what only they have; all other measures are of libraries and programs.
_OF_PACKAGES = (TOTAL, KIND, OWNER, UNPACKED, MEMBER)
_OF_PACKAGES_ALONE = (UNPACKED, MEMBER)
# What a file of budgets calls the dimensions.
NAMED = {
    "sections": SECTION,
    "kinds": KIND,
    "ops": OP,
    "classes": CLASS,
    "dtypes": DTYPE,
    "models": MODEL,
    "owners": OWNER,
    "sources": SOURCE,
    "members": MEMBER,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """One line of a file of budgets.

    ``measure`` is of WHOLE, MEMBER, or a dimension of comparisons, of which ``pattern`` names what it is for (with
    ``*``, ``?`` and ``[...]``). ``target``: the pattern of the targets that it is for, "" for all. ``at_most`` and
    ``growth`` in bytes, ``percent`` is the growth in hundredths of the baseline's size; None where there is no such
    limit.
    """

    measure: str
    pattern: str
    target: str
    line: int
    at_most: int | None = None
    growth: int | None = None
    percent: Decimal | None = None

    def is_of(self, kind: str) -> bool:
        """Whether a file of that kind, a package or none, has what it limits."""
        return self.measure in _OF_PACKAGES if kind == PACKAGED else self.measure not in _OF_PACKAGES_ALONE

    @property
    def needs_baseline(self) -> bool:
        """Whether it can only be checked against one."""
        return self.growth is not None or self.percent is not None
