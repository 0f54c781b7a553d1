"""From what a user typed to a selection: models read and resolved, on all processors when there are many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from opsieve.cli.inputs import IndexRequest, ModelRequest, ModelsBeingRead
from opsieve.cli.messages import note, progress, warn
from opsieve.processes import processors, shares_memory

if TYPE_CHECKING:
    from opsieve.selection.resolve import Resolved, Resolver
    from opsieve.selection.selection import Selection

# Fewer models than this are read by a thread while the index is loaded; starting processes would take longer.
_MANY = 6
_CHUNK = 8


def select_models(
    models: ModelRequest,
    index: IndexRequest,
    runtime: Sequence[str],
    allow_unresolved: Sequence[str] = (),
    meanwhile: Callable[[], object] | None = None,
) -> Selection:
    """The selection for all the models together, what is unresolved included.

    ``meanwhile`` is called while the digests of large models are taken.

    Raises:
        OpsieveError: a model, the tree or a flag is wrong.
    """
    from opsieve.selection.runtime.passes import parse_switches, switches

    chosen = parse_switches(runtime)
    reading = None if _is_much(models) else ModelsBeingRead(models)
    # A process must not be forked while a thread runs, and nobody waits for a tree to learn of a wrong model.
    found, source = index.load(before_reading=reading.result if reading else None)
    if meanwhile is not None:
        meanwhile()
    from opsieve.selection.resolve import Resolver
    from opsieve.selection.select import combine

    resolver = Resolver(found, switches(found.defines, chosen))
    read = map(resolver.resolve, reading.result()) if reading else resolve_models(models, resolver)
    if index.tensorflow is None:
        note(f"no --tensorflow given: using {source} (preset {found.preset})")
    cut: dict[str, tuple[str, ...]] = {}
    selection = combine(
        _remembering(read, cut),
        resolver,
        source=source,
        allow_unresolved=allow_unresolved,
        alternatives=lambda ops: index.alternatives(found, ops),
    )
    _warn_of_cuts(cut, selection)
    return selection


def resolve_models(models: ModelRequest, resolver: Resolver) -> Iterator[Resolved]:
    """Read and resolve all the models, in no particular order; on all processors when there are many.

    Raises:
        OpsieveError: a model cannot be read.
    """
    from opsieve.processes import in_processes

    named = models.named()
    if not _is_much(models):
        yield from map(resolver.resolve, models.read_all())
        return
    chunks = [named[start : start + _CHUNK] for start in range(0, len(named), _CHUNK)]
    done = 0
    with progress("Resolving models") as report:
        for results in in_processes(chunks, min(processors(), len(chunks)), _start_resolving, models, resolver):
            yield from results
            done += len(results)
            report(done, len(named))


def _is_much(models: ModelRequest) -> bool:
    return len(models.paths) >= _MANY and processors() > 1 and shares_memory()


def _start_resolving(models: ModelRequest, resolver: Resolver) -> Callable[[list[tuple[str, str]]], list[Resolved]]:
    return lambda named: [resolver.resolve(models.read(path, name)) for path, name in named]


def _remembering(resolved: Iterable[Resolved], cut: dict[str, tuple[str, ...]]) -> Iterator[Resolved]:
    for one in resolved:
        if one.cut:
            cut[one.model.path] = one.cut
        yield one


def _warn_of_cuts(cut: dict[str, tuple[str, ...]], selection: Selection) -> None:
    selected = {op.name for op in selection.ops}
    for path, ops in sorted(cut.items()):
        missing = sorted(set(ops) - selected)
        if missing:
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            warn(
                f"{path}: the selection is for a graph without {', '.join(missing[:5])}{more}; TensorFlow places every "
                "node of a graph that it loads, so the graph that ships has to be cut likewise"
            )
