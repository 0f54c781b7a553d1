"""Why a whole file changed: by what the builds say of themselves, and by how the sizes changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from opsieve.size.amounts import change
from opsieve.size.attribution import KERNEL, OP, Attribution
from opsieve.size.compare.baseline import Baseline
from opsieve.size.compare.comparison import Cause
from opsieve.size.compare.dimensions import removable
from opsieve.size.compare.evidence import Evidence, evidence

_OPTIMISATION = re.compile(r"-O(?:[0-3sgz]|fast)?")
_GARBAGE = re.compile(r"(?:-Wl,)?(?:--gc-sections|-dead_strip)")
_FOLDING = re.compile(r"(?:-Wl,)?--icf=(?:all|safe)")
_SELECTIVE = "SELECTIVE_REGISTRATION"
_NAMED = {"compiler": "compiler", "target": "target", "tensorflow": "TensorFlow"}
# Sizes that grow by less have no cause worth naming.
_LEAST_GROWTH = 1.02
_LEAST_FUNCTIONS = 1.05
# Of kernel classes that nobody selected, to those selected. Some are there always: what kernels derive from.
_MOST_UNSELECTED = 0.5
_MOST_SHOWN = 4
_SECTION_TABLES = (".shstrtab", "section headers", "padding")
_EXPORTS = (".dynsym", ".dynstr", ".gnu.hash", ".hash", ".gnu.version")
_MANY_EXPORTS = 1.5


def build_causes(
    old: Baseline,
    new: Baseline,
    old_parts: Attribution | Baseline,
    new_parts: Attribution | Baseline,
    left: int,
    selected: Sequence[Cause],
) -> Iterator[Cause]:
    """``left``: the bytes that the selection's causes do not explain.

    What one build says of itself and the other does not is no difference. Where the builds say nothing, a cause is
    called probable when the sizes look like it.
    """
    said = list(_said(dict(old.build), dict(new.build), {cause.what for cause in selected}))
    known = {cause.what for cause in said}
    told = known | _told(dict(old.build), dict(new.build))
    seen = [] if "selective-registration" in told else list(_registering_all(old, new, left))
    found = evidence(old, new, old_parts, new_parts)
    # Another compiler or another TensorFlow changes all sizes.
    if found is not None and not known & {"optimisation", "compiler", "tensorflow", "target"}:
        exports = list(_exports(old, new, found))
        seen += exports or _seen(found, told)
    removed = _of_symbols(new, old) - _of_symbols(old, new)
    left -= removed + sum(cause.growth or 0 for cause in seen)
    if len(said) == 1 and not seen:
        # A cause that is alone has done all that is left.
        yield Cause(said[0].what, said[0].text, left)
        left = 0
    else:
        yield from said
    yield from seen
    if removed:
        yield from _symbols(old, new, removed)
    if left:
        yield Cause("rest", _RESTS[bool(selected), bool(said or seen)], left)


_RESTS = {
    (
        True,
        False,
    ): "runtime, packages and tables that the linker makes, for what was selected or changed in the sources",
    (True, True): "what else came with it, or changed in the sources",
    (False, True): "what else came with it, or changed in the sources",
    (False, False): "changed sources, or what neither builds nor selections tell",
}


def _told(old: Mapping[str, str], new: Mapping[str, str]) -> set[str]:
    """Causes that the builds would have said."""
    both = old.keys() & new.keys()
    told = {"optimisation"} if {"compiler", "compile flags"} <= both else set()
    return told | ({"gc-sections"} if "library link flags" in both else set())


def _said(old: Mapping[str, str], new: Mapping[str, str], told: set[str]) -> Iterator[Cause]:
    both = old.keys() & new.keys()
    for name, text in _NAMED.items():
        if name in both and old[name] != new[name] and name not in told:
            yield Cause(name, f"{text} {new[name]} instead of {old[name]}")
    if "defines" in both and "defines" not in told and old["defines"] != new["defines"]:
        yield from _flags("defines", set(old["defines"].split()), set(new["defines"].split()))
    if "compile flags" in both:
        yield from _compile_flags(old["compile flags"].split(), new["compile flags"].split())
    for name in ("library link flags", "program link flags"):
        if name in both and old[name] != new[name]:
            yield from _link_flags(set(old[name].split()), set(new[name].split()))
            break


def _compile_flags(old: list[str], new: list[str]) -> Iterator[Cause]:
    was, now = _last(old), _last(new)
    if was != now:
        yield Cause("optimisation", f"compiled with {now} instead of {was}")
    before, after = ({flag for flag in flags if not _OPTIMISATION.fullmatch(flag)} for flags in (old, new))
    selective = {flag for flag in before | after if flag.startswith(f"-D{_SELECTIVE}")}
    if selective & before and not selective & after:
        yield Cause("selective-registration", f"compiled without -D{_SELECTIVE}: every kernel of a source is there")
    elif selective & after and not selective & before:
        yield Cause("selective-registration", f"compiled with -D{_SELECTIVE}")
    yield from _flags("compile-flags", before - selective, after - selective)


def _last(flags: list[str]) -> str:
    """The one that counts; compilers do not optimise without."""
    return next((flag for flag in reversed(flags) if _OPTIMISATION.fullmatch(flag)), "-O0")


def _link_flags(old: set[str], new: set[str]) -> Iterator[Cause]:
    for what, pattern, name in (
        ("gc-sections", _GARBAGE, "--gc-sections: code that nothing refers to"),
        ("icf", _FOLDING, "--icf: code that is there twice"),
    ):
        was, now = ({flag for flag in flags if pattern.fullmatch(flag)} for flags in (old, new))
        if bool(was) != bool(now):
            yield Cause(what, f"linked {'with' if now else 'without'} {name} {'goes' if now else 'stays'}")
            old, new = old - was, new - now
    yield from _flags("link-flags", old, new)


def _flags(what: str, old: set[str], new: set[str]) -> Iterator[Cause]:
    came, went = sorted(new - old), sorted(old - new)
    texts = [f"now {_some(came)}"] if came else []
    texts += [f"no longer {_some(went)}"] if went else []
    if texts:
        yield Cause(what, f"{what.replace('-', ' ')}: {', '.join(texts)}")


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_SHOWN
    return " ".join(names[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _seen(found: Evidence, told: set[str]) -> Iterator[Cause]:
    size = f"{change(found.growth)} of code outside of kernels"
    if found.code_grew >= _LEAST_GROWTH and found.alike and found.same_functions and "optimisation" not in told:
        text = (
            f"probably -O2 instead of -Os, or another compiler: the code of {found.owners_grown} of {found.owners} "
            f"owners grew, by {found.code_grew - 1:.0%} together, and the number of functions by "
            f"{found.functions_grew - 1:.0%} ({size})"
        )
        yield Cause("optimisation", text, found.growth, certain=False)
    elif found.functions_grew >= _LEAST_FUNCTIONS and found.more_functions and "gc-sections" not in told:
        kept = f"; {found.kept:.0%} of those in both kept their size" if found.kept is not None else ""
        text = (
            f"probably linked without --gc-sections: {found.functions_grew - 1:.0%} more functions in "
            f"{found.owners_with_more} of {found.owners} owners that no model asks for{kept} ({size})"
        )
        yield Cause("gc-sections", text, found.growth, certain=False)


def _exports(old: Baseline, new: Baseline, found: Evidence) -> Iterator[Cause]:
    """What is exported stays, whoever refers to it."""
    was, now = dict(old.sections).get(_EXPORTS[0]), dict(new.sections).get(_EXPORTS[0])
    if was is None or now is None or not found.more_functions or now.file_size < _MANY_EXPORTS * was.file_size:
        return
    tables = sum(sizes.file_size for name, sizes in new.sections if name in _EXPORTS)
    tables -= sum(sizes.file_size for name, sizes in old.sections if name in _EXPORTS)
    text = (
        f"probably exports more symbols (no version script, or without -fvisibility=hidden): {_EXPORTS[0]} is "
        f"{now.file_size / was.file_size:.1f} times as large, and {found.functions_grew - 1:.0%} more functions stay "
        f"({change(found.growth)} of code outside of kernels, {change(tables)} of tables)"
    )
    yield Cause("exports", text, found.growth + tables, certain=False)


def _registering_all(old: Baseline, new: Baseline, left: int) -> Iterator[Cause]:
    if new.unselected is None or old.unselected is None:
        return
    selected = len({text for row in new.owners for text in row.owner.classes})
    if new.unselected[0] - old.unselected[0] > _MOST_UNSELECTED * selected:
        count, names = new.unselected[0] - old.unselected[0], sorted(set(new.unselected[1]) - set(old.unselected[1]))
        # Without what the selection's own causes explain, which is of kernels, too.
        growth = _kernels(new) - _kernels(old) - (new.file_size - old.file_size - left)
        text = (
            f"probably compiled without -D{_SELECTIVE}: {count} more kernel class{'es' * (count > 1)} than the "
            f"selection has: {', '.join(names[:_MOST_SHOWN])}{' and more' * (count > _MOST_SHOWN)}"
        )
        yield Cause("selective-registration", text, growth, certain=False)


def _kernels(baseline: Baseline) -> int:
    return sum(row.file_size for row in baseline.owners if row.owner.kind in (KERNEL, OP))


def _of_symbols(baseline: Baseline, other: Baseline) -> int:
    """Symbols and debug information; when only one has them, also the names and headers of their sections."""
    size = removable(baseline.sections)
    if bool(size) != bool(removable(other.sections)):
        size += sum(sizes.file_size for name, sizes in baseline.sections if name in _SECTION_TABLES)
    return size


def _symbols(old: Baseline, new: Baseline, growth: int) -> Iterator[Cause]:
    """Symbols and debug information, which do not run."""
    if not removable(old.sections):
        yield Cause("symbols", "not stripped: symbols or debug information are there, and were not", growth)
    elif not removable(new.sections):
        yield Cause("symbols", "stripped: symbols and debug information are gone", growth)
    else:
        yield Cause("symbols", "symbols and debug information, as there is other code", growth)
