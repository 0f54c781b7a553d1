"""Whether a file's sizes are within budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from opsieve.errors import OpsieveError
from opsieve.size.attribution import FILE, FORMAT, LIBRARY, Owner
from opsieve.size.budgets.limits import LOADED, MEMBER, STRIPPED, TOTAL, UNPACKED, WHOLE, Limit
from opsieve.size.compare.baseline import CODE, Baseline, Measured
from opsieve.size.compare.comparison import CLASS, DTYPE, KIND, MODEL, OP, OWNER, SECTION, SOURCE
from opsieve.size.compare.dimensions import removable, sizes_of, stripped_size
from opsieve.size.totals import Sizes

_WHO = 3
_WILD = frozenset("*?[")
_CONCERNS: dict[str, Callable[[Owner, str], bool]] = {
    OP: lambda owner, name: owner.ops == (name,),
    CLASS: lambda owner, name: owner.classes == (name,),
    DTYPE: lambda owner, name: owner.dtypes == (name,),
    MODEL: lambda owner, name: owner.models == (name,),
    KIND: lambda owner, name: owner.kind == name,
    OWNER: lambda owner, name: owner.name == name,
    MEMBER: lambda owner, name: owner.name == name,
    SOURCE: lambda owner, name: owner.name == name,
}


@dataclass(frozen=True, slots=True)
class Excess:
    """A bound that was passed: ``bound`` bytes were allowed in all, ``by`` more there are. ``rule`` is the budget's:
    "at most", "growth of 20,000", "growth of 5 %".
    """

    rule: str
    bound: int
    by: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """One limit for one thing. ``old`` is the baseline's size, None without one; sizes in bytes.

    ``who``: the owners that grew most since the baseline, or without one the largest, with their bytes; of a passed
    limit only.
    """

    limit: Limit
    name: str
    size: int
    old: int | None
    excesses: tuple[Excess, ...]
    who: tuple[tuple[str, int], ...] = ()

    @property
    def kept(self) -> bool:
        """Whether it is within budget."""
        return not self.excesses


def check(
    new: Baseline, limits: Iterable[Limit], baseline: Baseline | None = None, *, where: str = "the budgets"
) -> tuple[Verdict, ...]:
    """What each limit says of a file, in the limits' order; of a wildcard, for each name that it fits.

    A limit for a target goes before the same one for all. A name that has a limit of its own is not measured by
    wildcards. Limits of what packages do not have are not for packages, and the other way round. ``where`` is the file
    of the limits, for errors.

    Raises:
        OpsieveError: a limit is of growth, and there is no baseline; the baseline is of another target; no limit fits
            anything.
    """
    chosen = list(_for_target(limits, new))
    if not chosen:
        raise OpsieveError(
            f"{where}: has no limit for target {new.target}, so there is nothing to check",
            hint="Set total, or name the target under targets",
        )
    growing = next((limit for limit in chosen if limit.needs_baseline), None)
    if growing is not None and baseline is None:
        raise OpsieveError(
            f"{where}:{growing.line}: limits growth, and there is no baseline to grow from",
            hint="Give --baseline; `opsieve size baseline FILE -o baseline.json` makes one",
        )
    if baseline is not None and baseline.machine != new.machine:
        raise OpsieveError(
            f"the baseline is of {baseline.file} for {baseline.machine}, and {new.file} is for {new.machine}",
            hint="Keep a baseline for each target",
        )
    verdicts = tuple(verdict for limit in chosen for verdict in _verdicts(limit, chosen, new, baseline))
    if not verdicts:
        raise OpsieveError(
            f"{where}: none of its names is in {new.file}, so there is nothing to check",
            hint="`opsieve size report` lists what there is",
        )
    return verdicts


def _for_target(limits: Iterable[Limit], new: Baseline) -> Iterator[Limit]:
    fitting = [
        limit for limit in limits if limit.is_of(new.kind) and (not limit.target or _fits_target(limit.target, new))
    ]
    special = {(limit.measure, limit.pattern) for limit in fitting if limit.target}
    for limit in fitting:
        if limit.target or (limit.measure, limit.pattern) not in special:
            yield limit


def _fits_target(pattern: str, new: Baseline) -> bool:
    return fnmatchcase(new.target, pattern) or fnmatchcase(new.machine, pattern)


def _verdicts(limit: Limit, limits: list[Limit], new: Baseline, baseline: Baseline | None) -> Iterator[Verdict]:
    after = measured(new, limit.measure)
    before = measured(baseline, limit.measure) if baseline is not None else {}
    if limit.measure in WHOLE:
        names = [""]
    elif _WILD.isdisjoint(limit.pattern):
        names = [limit.pattern]
    else:
        own = {each.pattern for each in limits if each.measure == limit.measure}
        names = [name for name in sorted(after) if fnmatchcase(name, limit.pattern) and name not in own]
    for name in names:
        size = after.get(name, 0)
        old = before.get(name, 0) if baseline is not None else None
        excesses = tuple(_excesses(limit, size, old))
        who = _who(limit.measure, name, new, baseline) if excesses else ()
        yield Verdict(limit, name, size, old, excesses, who)


def _excesses(limit: Limit, size: int, old: int | None) -> Iterator[Excess]:
    if limit.at_most is not None and size > limit.at_most:
        yield Excess("at most", limit.at_most, size - limit.at_most)
    if old is None:
        return
    if limit.growth is not None and size - old > limit.growth:
        yield Excess(f"growth of {limit.growth:,}", old + limit.growth, size - old - limit.growth)
    if limit.percent is not None:
        bound = old + int(old * limit.percent / 100)
        if size > bound:
            yield Excess(f"growth of {limit.percent} %", bound, size - bound)


def measured(baseline: Baseline, measure: str) -> dict[str, int]:
    """The bytes that limits are for, by name; "" for the whole. Sections count with what they have in memory, too."""
    if measure in WHOLE:
        whole = {
            TOTAL: baseline.file_size,
            LOADED: baseline.loaded_size,
            STRIPPED: stripped_size(baseline),
            UNPACKED: baseline.loaded_size,
        }
        return {"": whole[measure]}
    if measure in (OWNER, MEMBER):
        found: dict[str, int] = {}
        for row in baseline.owners:
            if measure == MEMBER and row.owner.kind not in (LIBRARY, FILE):
                continue
            found[row.owner.name] = found.get(row.owner.name, 0) + row.file_size
        return found
    sizes = sizes_of(baseline, measure)
    return {
        name: max(size.file_size, size.loaded_size) if measure == SECTION else size.file_size
        for name, size in sizes.items()
    }


def _who(measure: str, name: str, new: Baseline, baseline: Baseline | None) -> tuple[tuple[str, int], ...]:
    before = {_key(row): _bytes(row, measure) for row in baseline.owners} if baseline is not None else {}
    concerns = _CONCERNS.get(measure)
    if measure == SECTION:
        # Who is in a section is not kept, but of code; and some sections are an owner of their own.
        concerns = _has_code if CODE.fullmatch(name) else _CONCERNS[OWNER]
    rows = [
        (row.owner.name, _bytes(row, measure) - before.get(_key(row), 0))
        for row in new.owners
        if concerns is None or concerns(row.owner, name)
    ]
    most = sorted((row for row in rows if row[1] > 0), key=lambda row: (-row[1], row[0]))
    return tuple(most[:_WHO])


def _has_code(owner: Owner, _section: str) -> bool:
    return owner.kind != FORMAT


def _key(row: Measured) -> tuple[str, str]:
    return row.owner.kind, row.owner.name


def _bytes(row: Measured, measure: str) -> int:
    sizes = Sizes(row.file_size, row.loaded_size)
    if measure == SECTION and row.owner.kind != FORMAT:
        return row.code_size or 0
    if measure in (LOADED, UNPACKED):
        return sizes.loaded_size
    return sizes.file_size - (removable([(row.owner.name, sizes)]) if measure == STRIPPED else 0)
