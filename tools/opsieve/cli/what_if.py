"""``opsieve what-if``: what would go away without some models or ops."""

from __future__ import annotations

import dataclasses
import json
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from opsieve.cli.inputs import IndexRequest, ModelRequest
from opsieve.cli.messages import note, one_line, plural
from opsieve.cli.options import (
    PATH,
    format_option,
    optional_model_options,
    runtime_option,
    tensorflow_option,
    tree_options,
)
from opsieve.cli.selecting import resolve_models
from opsieve.errors import OpsieveError

if TYPE_CHECKING:
    from opsieve.models.usage import Model
    from opsieve.selection.resolve import Resolved, Resolver
    from opsieve.selection.selection import Reason, SelectedOp, Selection
    from opsieve.selection.what_if import Difference

_MOST_NAMES = 5


@click.command("what-if")
@optional_model_options
@click.option(
    "--without",
    metavar="MODEL|OP",
    multiple=True,
    required=True,
    help="A model to leave out, or an op whose nodes to take away; may be repeated, for all of them together.",
)
@click.option("--selection", metavar="FILE", type=PATH, help="Start from a selection.json instead of MODELs.")
@click.option("--library", metavar="FILE", type=PATH, help="What was built from it: tell how many bytes would go.")
@tensorflow_option
@tree_options
@runtime_option
@format_option
def what_if(
    models: ModelRequest,
    without: tuple[str, ...],
    selection: str | None,
    library: str | None,
    index: IndexRequest,
    runtime: tuple[str, ...],
    output_format: str,
) -> None:
    """Tell which ops, kernels and source files would go without a model or an op, and what would stay all the same.

    Without an op means: without its nodes, the functions that only these call, and what the runtime adds for them.

    From MODELs the answer is exact; give the flags of `opsieve generate`. From a --selection it is exact for models.
    For an op, the models that have it are read again; where one is not there, has changed, or was used with other flags
    (--signature and the like; give them here too), the recorded reasons give an estimate for it, which is said.

    \b
    Example:
      opsieve what-if --without old.pb --without Cholesky --selection out/selection.json
      opsieve what-if --without b.pb --selection out/selection.json --library out/stripped/run_model
      opsieve what-if a.pb b.pb --without b.pb --tensorflow ~/tensorflow
    """
    if bool(selection) == bool(models.paths):
        raise OpsieveError("what-if needs either MODELs or --selection FILE", hint="See opsieve what-if --help")
    start = _recorded(selection, models, index, runtime) if selection else _computed(models, index, runtime)
    answer = _answer(start, without)
    if library is not None:
        answer = dataclasses.replace(answer, saved=_saved(library, answer))
    if output_format == "json":
        click.echo(json.dumps(_document(answer), indent=1))
    else:
        click.echo("\n".join(map(one_line, _text(answer))))


@dataclasses.dataclass(frozen=True)
class _Start:
    """The selection that something is taken from.

    ``models``: every model as the selection names it, with the path that was typed for it. ``read`` reads one of them
    again, as it was when the selection was made.
    """

    selection: Selection
    resolver: Resolver
    models: dict[str, str]
    read: Callable[[str], Model]


@dataclasses.dataclass(frozen=True)
class _Answer:
    """``estimated``: the models of which only the recorded reasons are known, and why."""

    models: frozenset[str]
    ops: frozenset[str]
    before: Selection
    after: Selection
    gone: Difference
    estimated: dict[str, str]
    saved: _Saved | None = None


@dataclasses.dataclass(frozen=True)
class _Saved:
    """Bytes that would go of a library. ``basis`` says how that is known."""

    file: str
    file_size: int
    saved: int
    loaded: int
    basis: str


def _saved(library: str, answer: _Answer) -> _Saved:
    from opsieve.cli.size_costs import built_from
    from opsieve.size.cost.removal import removal

    costs = built_from(library, answer.before)
    sizes = costs.of.saved(removal(answer.before, answer.after))
    return _Saved(costs.file, costs.file_size, sizes.file_size, sizes.loaded_size, costs.basis)


def _computed(request: ModelRequest, index: IndexRequest, runtime: Sequence[str]) -> _Start:
    from opsieve.selection.resolve import Resolver
    from opsieve.selection.runtime.passes import parse_switches, switches
    from opsieve.selection.select import combine

    chosen = parse_switches(runtime)
    found, source = index.load()
    if index.tensorflow is None:
        note(f"no --tensorflow given: using {source} (preset {found.preset})")
    resolver = Resolver(found, switches(found.defines, chosen))
    selection = combine(resolve_models(request, resolver), resolver, source=source)
    typed = {name: path for path, name in request.named()}
    return _Start(selection, resolver, typed, lambda name: request.read(typed[name], name))


def _recorded(path: str, request: ModelRequest, index: IndexRequest, runtime: Sequence[str]) -> _Start:
    from opsieve.selection.coverage import index_of_selection
    from opsieve.selection.document import read_selection
    from opsieve.selection.resolve import Resolver
    from opsieve.selection.runtime.passes import parse_switches, switches
    from opsieve.selection.what_if import agrees

    if index != IndexRequest(None, None, (), (), (), False):
        raise OpsieveError(
            f"{path} says itself which kernels there are", hint="Give --tensorflow and its flags with MODELs only"
        )
    selection, command = read_selection(path)
    found = index_of_selection(selection)
    resolver = Resolver(found, switches(found.defines, {**selection.runtime, **parse_switches(runtime)}))
    digests = {model.path: model.sha256 for model in selection.models}

    def read(name: str) -> Model:
        places = [place for place in (name, os.path.join(os.path.dirname(path), name)) if os.path.exists(place)]
        if not places:
            raise OpsieveError(f"{name} is not here")
        model = request.read(places[0], name)
        if model.sha256 != digests[name]:
            raise OpsieveError(f"{name} has changed since")
        if not agrees(selection, resolver.resolve(model)):
            flags = f", which are in: {command}" if command else ""
            raise OpsieveError(f"{name} was selected for with other flags{flags}")
        return model

    return _Start(selection, resolver, {name: name for name in digests}, read)


def _answer(start: _Start, without: Sequence[str]) -> _Answer:
    from opsieve.selection.what_if import RecordedNodes, difference, drop_ops, models_with, rest

    models, ops = _targets(start, without)
    changed: dict[str, Resolved] = {}
    estimated: dict[str, str] = {}
    for name in sorted(models_with(start.selection, ops) - models):
        try:
            changed[name] = start.resolver.resolve(drop_ops(start.read(name), ops))
        except OpsieveError as error:
            estimated[name] = error.message
    estimate = RecordedNodes(start.selection, ops).keep if estimated else None

    def keep(op: str, reason: Reason) -> bool:
        if reason.model in models or reason.model in changed:
            return False
        return estimate is None or reason.model not in estimated or estimate(op, reason)

    after = rest(start.selection, keep, tuple(changed.values()), models)
    return _Answer(models, ops, start.selection, after, difference(start.selection, after), estimated)


def _targets(start: _Start, without: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The models and the ops that ``without`` names: a model by its path or the last parts of it.

    Raises:
        OpsieveError: a name is neither a model nor an op of the selection, or may be several models.
    """
    from opsieve.selection.explanation import near_names

    known = {op.name for op in start.selection.ops} | {one.op for one in start.selection.unresolved}
    models: set[str] = set()
    ops: set[str] = set()
    for name in without:
        path = os.path.normpath(name)
        same = [each for each, typed in start.models.items() if path in (os.path.normpath(typed), each)]
        if not same and name in known:
            ops.add(name)
            continue
        found = same or [each for each in start.models if os.path.normpath(each).endswith(f"/{path}")]
        if not found:
            near = near_names(name, known | start.models.keys())
            raise OpsieveError(
                f"--without {name}: neither a model nor an op of the selection",
                hint=f"The nearest: {', '.join(near)}" if near else f"The models are: {_listed(start.models)}",
            )
        if len(found) > 1:
            raise OpsieveError(
                f"--without {name}: may be any of {_listed(found)}", hint="Give more of the path of one of them"
            )
        models.update(found)
    return frozenset(models), frozenset(ops)


def _listed(names: Collection[str]) -> str:
    first = sorted(names)[:_MOST_NAMES]
    return ", ".join(first) + (f" and {len(names) - len(first)} more" if len(names) > len(first) else "")


def _text(answer: _Answer) -> Iterator[str]:
    gone, before = answer.gone, answer.before
    yield f"without {', '.join([*sorted(answer.models), *sorted(answer.ops)])}:"
    yield (
        f"  {len(gone.ops)} of {plural(len(before.ops), 'op')}, {len(gone.kernels)} of"
        f" {plural(len(before.kernels), 'kernel')} and {len(gone.sources)} of"
        f" {plural(len(before.sources), 'source file')} would go"
    )
    if answer.saved is not None:
        saved = answer.saved
        share = f"{saved.saved / saved.file_size:.1%}"
        yield f"  {saved.file} would be {saved.saved:,} bytes smaller ({share}): {saved.basis}"
    for model, why in sorted(answer.estimated.items()):
        yield f"  an estimate from the recorded reasons of {model}, which may be incomplete: {why}"
    for op in _asked_and_staying(answer):
        yield f"  {op.name} would stay: {_because(op.reasons)}"
    shared = [op for op in gone.shared if op.name not in answer.ops]
    if shared:
        needed = Counter(model for op in shared for model in {reason.model for reason in op.reasons})
        shares = ", ".join(f"{model} needs {count}" for model, count in _most(needed))
        more = f" and {plural(len(needed) - _MOST_NAMES, 'more model')}" if len(needed) > _MOST_NAMES else ""
        yield f"  {plural(len(shared), 'op')} would stay with fewer users: {shares}{more}"
    yield from _section("ops", [op.name for op in gone.ops])
    width = max((len(kernel.op) for kernel in gone.kernels), default=0)
    yield from _section(
        "kernels", [f"{one.op:<{width}}  {one.class_text}  {one.file}:{one.line}" for one in gone.kernels]
    )
    yield from _section("source files", [source.path for source in gone.sources])
    yield from _section("unmet needs", list(dict.fromkeys(one.why for one in gone.unresolved)))


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"{title} that would go:"
        yield from (f"  {line}" for line in lines)


def _asked_and_staying(answer: _Answer) -> list[SelectedOp]:
    return [op for op in answer.after.ops if op.name in answer.ops]


def _because(reasons: Collection[Reason]) -> str:
    from opsieve.cli.reasons import places
    from opsieve.selection.explanation import split_rule

    rule = split_rule(min(reasons).rule)[0]
    return f"{rule} ({places(reasons)})" if rule else f"needed by {places(reasons)}"


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_NAMES]


def _document(answer: _Answer) -> dict[str, object]:
    from opsieve.selection.document import reason_rows

    gone = answer.gone
    staying = {op.name: op for op in (*gone.shared, *_asked_and_staying(answer))}
    return {
        "schema": 1,
        "without": {"models": sorted(answer.models), "ops": sorted(answer.ops)},
        "exact": not answer.estimated,
        "estimated": [{"model": model, "why": why} for model, why in sorted(answer.estimated.items())],
        "before": _counts(answer.before),
        "after": _counts(answer.after),
        "goes": {
            "ops": [op.name for op in gone.ops],
            "kernels": [
                {"op": one.op, "class": one.class_text, "file": one.file, "line": one.line} for one in gone.kernels
            ],
            "sources": [{"path": one.path, "kind": one.kind} for one in gone.sources],
            "unresolved": [{"op": one.op, "types": dict(one.types), "why": one.why} for one in gone.unresolved],
        },
        **(
            {"saves": {"file": saved.file, "file_size": saved.saved, "loaded_size": saved.loaded, "basis": saved.basis}}
            if (saved := answer.saved) is not None
            else {}
        ),
        "stays": {
            "ops": [{"op": name, "reasons": reason_rows(staying[name].reasons)} for name in sorted(staying)],
        },
    }


def _counts(selection: Selection) -> dict[str, int]:
    return {
        "models": len(selection.models),
        "ops": len(selection.ops),
        "kernels": len(selection.kernels),
        "sources": len(selection.sources),
    }
