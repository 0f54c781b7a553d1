"""``opsieve explain``: why something is in a selection."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from opsieve.cli.inputs import IndexRequest
from opsieve.cli.messages import note, one_line, plural
from opsieve.cli.options import PATH, format_option, tensorflow_option, tree_options
from opsieve.errors import OpsieveError

if TYPE_CHECKING:
    from opsieve.selection.explanation import Absent, Explanation, ModelUse, OpUse, Place, Step, Use
    from opsieve.selection.selection import SelectedKernel, Selection
    from opsieve.tree.index import Index

# What text shows of each, unless all is asked for.
_MOST_MODELS = 5
_MOST_PLACES = 6
_MOST_LOOKUPS = 8
_LONGEST_WAY = 12
_MOST_TYPES = 8

_KINDS = {"op": "an op", "class": "a kernel class", "file": "a source file"}


@click.command()
@click.argument("names", metavar="OP...", nargs=-1, required=True)
@click.option(
    "--selection", metavar="FILE", type=PATH, required=True, help="A selection.json that `opsieve generate` wrote."
)
@click.option("--library", metavar="FILE", type=PATH, help="What was built from it: tell what each op costs there.")
@tensorflow_option
@tree_options
@click.option("--all", "everything", is_flag=True, help="Show every model and place in text, not the first ones.")
@format_option
def explain(
    names: tuple[str, ...],
    selection: str,
    library: str | None,
    index: IndexRequest,
    everything: bool,
    output_format: str,
) -> None:
    """Tell why each OP is in a selection: which model, function and node needs it, and by which kernel.

    An OP may also be a kernel class, or a source file of the selection, by its path or the last parts of it. Of what
    is not selected, the unmet need is told, or where TensorFlow has it; that is looked up in --tensorflow, or else in
    the embedded index. The exit status is 2 where there is nothing of that name.

    \b
    Example:
      opsieve explain AddV2 Switch --selection out/selection.json
      opsieve explain "WhileOp" --selection out/selection.json --format json
      opsieve explain cwise_op_add_1.cc --selection out/selection.json
    """
    from opsieve.selection.document import read_selection
    from opsieve.selection.explanation import LONGEST_WAY
    from opsieve.selection.explanation import explain as explained_by

    recorded, _ = read_selection(selection)
    lookup = _Lookup(index, recorded, selection)
    longest_way = LONGEST_WAY if everything or output_format == "json" else _LONGEST_WAY
    answers: list[Explanation | Absent] = []
    for name in dict.fromkeys(names):
        answers += explained_by(recorded, name, longest_way=longest_way) or [lookup.absent(name)]
    costs = _costs(library, recorded, answers) if library is not None else {}
    if output_format == "json":
        click.echo(json.dumps(_document(answers, recorded, lookup, costs), indent=1))
    else:
        text = _Text(recorded, selection, everything, costs)
        parts = (text.lines(answer, lookup) for answer in answers)
        click.echo("\n\n".join("\n".join(map(one_line, lines)) for lines in parts))


def _costs(library: str, recorded: Selection, answers: Sequence[Explanation | Absent]) -> dict[str, int]:
    """The bytes that would go without each op of the answers alone."""
    from opsieve.cli.size_costs import built_from
    from opsieve.selection.explanation import Absent
    from opsieve.size.cost.table import cost_of_op

    costs = built_from(library, recorded)
    note(f"{costs.file}: {costs.basis}")
    ops = {op.name for answer in answers if not isinstance(answer, Absent) for op in answer.ops}
    return {op: cost_of_op(costs.of, recorded, op) for op in sorted(ops)}


class _Lookup:
    """What TensorFlow has; the index is loaded when something is not in the selection."""

    def __init__(self, request: IndexRequest, selection: Selection, path: str) -> None:
        self._request = request
        self._selection = selection
        self._path = path
        self._index: Index | None = None
        self.named = ""

    def absent(self, name: str) -> Absent:
        """What is known of something that is not selected.

        Raises:
            OpsieveError: nothing is.
        """
        from opsieve.selection.explanation import absent, near_names

        if self._index is None:
            self._index, source = self._request.load()
            version = f"TensorFlow {self._index.version}"
            preset = f' under "{self._index.preset}"' if self._index.preset else ""
            self.named = (source if version in source else f"{version} ({source})") + preset
        found = absent(self._selection, self._index, name)
        if found is None:
            near = near_names(
                name,
                {*(op.name for op in self._selection.ops), *self._index.ops},
                {kernel.class_text for kernel in self._selection.kernels},
                {source.path.rpartition("/")[2] for source in self._selection.sources},
            )
            raise OpsieveError(
                f"{name}: neither an op, a kernel class nor a source file of {self._path} or of {self.named}",
                hint=f"The nearest: {', '.join(near)}" if near else "opsieve index lists what a source tree has",
            )
        return found

    @property
    def other_version(self) -> bool:
        """Whether what was looked at is another TensorFlow than the selection is for."""
        return self._index is not None and self._index.version != self._selection.version

    def document(self) -> dict[str, str] | None:
        """Which TensorFlow was looked at; None where none had to be."""
        return {"version": self._index.version, "named": self.named} if self._index else None


class _Text:
    """Explanations as a tree of lines, each level indented by two."""

    def __init__(self, selection: Selection, path: str, everything: bool, costs: dict[str, int]) -> None:
        self._selection = selection
        self._costs = costs
        self._path = path
        self._everything = everything
        self._lists = {model.path for model in selection.models if model.format in ("ops-list", "ops-yaml")}

    def lines(self, answer: Explanation | Absent, lookup: _Lookup) -> list[str]:
        from opsieve.selection.explanation import Absent

        if isinstance(answer, Absent):
            return list(self._absent(answer, lookup))
        if answer.kind == "file":
            return list(self._file(answer))
        lines: list[str] = []
        for op in answer.ops:
            lines += self._op(op, answer)
        return lines

    def _absent(self, answer: Absent, lookup: _Lookup) -> Iterator[str]:
        if answer.always:
            yield f"{answer.name}: {_KINDS[answer.kind]} that TensorFlow registers in any case; no model needs it"
        else:
            yield f"{answer.name}: {_KINDS[answer.kind]} that nothing needs; it is not in {self._path}"
        if answer.kind == "op":
            kernels = plural(answer.kernels, "kernel")
            yield f"  {lookup.named} defines it in {answer.file}:{answer.line}, and has {kernels} for a CPU"
        elif answer.kind == "class":
            yield f"  {lookup.named} registers it in {answer.file}:{answer.line}"
        else:
            yield f"  {lookup.named} registers {plural(answer.kernels, 'kernel')} for a CPU there"
        if answer.near:
            yield f"  selected ops with names like it: {', '.join(answer.near)}"
        if lookup.other_version:
            yield f"  the selection is for TensorFlow {self._selection.version}; give its tree with --tensorflow"
        if answer.kind == "op" and not answer.always:
            yield "  to have it all the same, give opsieve generate a list of ops like a model"

    def _op(self, op: OpUse, answer: Explanation) -> Iterator[str]:
        what = "an op" if answer.kind == "op" else f"a kernel class of {op.name}"
        total = len(self._selection.models)
        if op.models:
            number = f"{len(op.models)} of {total} models" if total > 1 else "the model"
            verb = "need" if len(op.models) > 1 else "needs"
            yield f"{answer.name}: {what} that {number} {verb}"
        else:
            yield f"{answer.name}: {what} that is needed and cannot be met"
        if op.name in self._costs:
            yield f"  {self._costs[op.name]:,} bytes of the library would go without it alone"
        if op.file:
            yield f"  op definition: {op.file}:{op.line}"
        shown = {op.file, *(kernel.file for kernel in op.kernels)}
        for source in op.sources:
            if source.path not in shown:
                yield f"  also compiled for it: {source.path} ({source.kind})"
        for need in op.unresolved:
            places = ", ".join(sorted({reason.model for reason in need.reasons})[:_MOST_MODELS])
            yield f"  unmet{', but allowed' if need.allowed else ''}: {need.why} (needed by {places})"
        yield from self._bounded(op.models, _MOST_MODELS, "model", self._model)

    def _model(self, use: ModelUse) -> Iterator[str]:
        yield f"  model {use.model}"
        root = "list of ops" if use.model in self._lists else "main graph"
        places = sorted(use.places, key=lambda place: (place.way is None, place.cut, _path(place, root)))
        shown = len(places) if self._everything else _MOST_PLACES
        earlier: Sequence[str] = ()
        for place in places[:shown]:
            path = _path(place, root)
            common = next(
                (i for i, (one, other) in enumerate(zip(path, earlier, strict=False)) if one != other),
                min(len(path), len(earlier)),
            )
            for depth, line in enumerate(path[common:], common):
                yield "  " * (depth + 2) + line
            for part in place.uses:
                for line in self._use(part):
                    yield "  " * (len(path) + 2) + line
            earlier = path
        if len(places) > shown:
            yield f"    and {plural(len(places) - shown, 'more function')} (--all shows all)"

    def _use(self, use: Use) -> Iterator[str]:
        more = f" and {plural(use.more_nodes, 'more node')}" if use.more_nodes else ""
        if use.node:
            yield f"node {use.node}{more}" + (f": {use.rule}" if use.rule else "")
        else:
            yield use.rule or "the model itself"
        rows = [(lookup.types, kernel) for lookup in use.lookups for kernel in lookup.kernels]
        shown = len(rows) if self._everything else _MOST_LOOKUPS
        for types, kernel in rows[:shown]:
            asked = f"{_types(types)} → " if types else ""
            label = f" with label {kernel.label}" if kernel.label else ""
            yield f"  {asked}kernel {kernel.class_text}{label} in {kernel.file}:{kernel.line}"
        if len(rows) > shown:
            yield f"  and {plural(len(rows) - shown, 'more kernel')} (--all shows all)"

    def _file(self, answer: Explanation) -> Iterator[str]:
        from opsieve.selection.explanation import SYSTEM

        source = answer.source
        assert source is not None
        purpose = {"kernel": "kernels", "op": "op definitions"}.get(source.kind)
        role = f"a source file with {purpose}" if purpose else f"a source file ({source.kind})"
        ops = f"for {plural(len(answer.ops), 'op')}" if answer.ops else "whatever the models need"
        yield f"{answer.name}: {role}, compiled {ops}"
        for why in source.why:
            yield f"  {why}"
        if SYSTEM in source.reasons:
            yield "  TensorFlow's own system ops or kernels stand there, which every library has"
        for op in answer.ops:
            yield f"  op {op.name}: {plural(len(op.models), 'model')} of {len(self._selection.models)}"
            if op.file == source.path:
                yield f"    op definition: line {op.line}"
            kernels = [kernel for kernel in op.kernels if kernel.file == source.path]
            yield from self._bounded(kernels, _MOST_LOOKUPS, "kernel", _kernel_line)
            models = [use.model for use in op.models]
            yield from self._bounded(models, _MOST_MODELS, "model", lambda model: [f"    model {model}"])
        if answer.ops:
            yield f"  opsieve explain {answer.ops[0].name} tells which nodes"

    def _bounded(self, items: Sequence[Any], most: int, noun: str, lines: Any) -> Iterator[str]:
        shown = len(items) if self._everything else most
        for item in items[:shown]:
            yield from lines(item)
        if len(items) > shown:
            yield f"  and {plural(len(items) - shown, f'more {noun}')} (--all shows all)"


def _kernel_line(kernel: SelectedKernel) -> Iterator[str]:
    yield f"    line {kernel.line}: kernel {kernel.class_text}"


def _path(place: Place, root: str) -> tuple[str, ...]:
    """The lines from the model to the place: its ``root``, and a line for every call."""
    if place.way is None:
        return (f"function {place.function}, which nothing calls",)
    if place.cut:
        root += ", and after more calls than are shown"
    steps: Sequence[Step] = place.way
    callees = [*(step.function for step in steps[1:]), place.function]
    calls = (f"node {step.node} calls function {callee}" for step, callee in zip(steps, callees, strict=True))
    return (root, *calls) if steps else (root,)


def _types(types: Sequence[tuple[str, tuple[str, ...]]]) -> str:
    return " ".join(f"{name}={_dtypes(dtypes)}" for name, dtypes in types)


def _dtypes(dtypes: tuple[str, ...]) -> str:
    names = [dtype.removeprefix("DT_").lower() for dtype in dtypes[:_MOST_TYPES]]
    more = f",… {len(dtypes) - _MOST_TYPES} more" if len(dtypes) > _MOST_TYPES else ""
    return names[0] if len(dtypes) == 1 else f"[{','.join(names)}{more}]"


def _document(
    answers: list[Explanation | Absent], selection: Selection, lookup: _Lookup, costs: dict[str, int]
) -> dict[str, object]:
    from opsieve.selection.explanation import Absent

    rows = [_absent_row(one) if isinstance(one, Absent) else _explanation_row(one) for one in answers]
    return {
        "schema": 1,
        "tensorflow": {"version": selection.version, "source": selection.source},
        "models": len(selection.models),
        "looked_up_in": lookup.document(),
        "explanations": rows,
        **({"costs": [{"op": op, "file_size": size} for op, size in costs.items()]} if costs else {}),
    }


def _absent_row(one: Absent) -> dict[str, object]:
    return {
        "asked": one.asked,
        "kind": one.kind,
        "name": one.name,
        "selected": False,
        "why": "TensorFlow registers it in any case" if one.always else "nothing needs it",
        "file": one.file,
        "line": one.line,
        "kernels": one.kernels,
        "near": one.near,
    }


def _explanation_row(one: Explanation) -> dict[str, object]:
    row: dict[str, object] = {"asked": one.asked, "kind": one.kind, "name": one.name, "selected": one.selected}
    if one.source is not None:
        source = one.source
        row["source"] = {"path": source.path, "kind": source.kind, "reasons": source.reasons, "why": source.why}
    return {**row, "ops": [_op_row(op) for op in one.ops]}


def _op_row(op: OpUse) -> dict[str, object]:
    from opsieve.selection.document import reason_rows

    return {
        "op": op.name,
        "file": op.file,
        "line": op.line,
        "sources": [{"path": one.path, "kind": one.kind} for one in op.sources],
        "unresolved": [
            {
                "types": dict(one.types),
                "why": one.why,
                "allowed": one.allowed,
                "reasons": reason_rows(one.reasons),
            }
            for one in op.unresolved
        ],
        "models": [{"model": use.model, "places": [_place_row(place) for place in use.places]} for use in op.models],
    }


def _place_row(place: Place) -> dict[str, object]:
    way = None if place.way is None else [{"function": step.function, "node": step.node} for step in place.way]
    row: dict[str, object] = {"function": place.function, "way": way}
    if place.cut:
        row["way_is_cut"] = True
    return {**row, "uses": [_use_row(use) for use in place.uses]}


def _use_row(use: Use) -> dict[str, object]:
    return {
        "node": use.node,
        "more_nodes": use.more_nodes,
        "rule": use.rule,
        "lookups": [
            {"types": dict(lookup.types), "kernels": [_kernel_row(kernel) for kernel in lookup.kernels]}
            for lookup in use.lookups
        ],
    }


def _kernel_row(kernel: SelectedKernel) -> dict[str, object]:
    return {
        "op": kernel.op,
        "class": kernel.class_text,
        "device": kernel.device,
        "constraints": dict(sorted(kernel.constraints.items())),
        "label": kernel.label,
        "file": kernel.file,
        "line": kernel.line,
    }
