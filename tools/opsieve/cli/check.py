"""``opsieve check``: does a selection, or a built library, run these models?"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsieve.cli.inputs import IndexRequest, ModelRequest
from opsieve.cli.messages import note, one_line, warn
from opsieve.cli.options import (
    PATH,
    format_option,
    optional_model_options,
    runtime_option,
    tensorflow_option,
    tree_options,
)
from opsieve.cli.reasons import places
from opsieve.cli.selecting import resolve_models
from opsieve.errors import OpsieveError
from opsieve.files import shown_paths

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsieve.selection.coverage import Gap, Registered
    from opsieve.selection.resolve import Resolved
    from opsieve.selection.selection import Selection
    from opsieve.tree.index import Index


@click.command()
@optional_model_options
@click.option("--selection", metavar="FILE", type=PATH, help="A selection.json that `opsieve generate` wrote.")
@click.option(
    "--library",
    "libraries",
    metavar="FILE",
    multiple=True,
    type=PATH,
    help="A built library, executable or object (ELF, Mach-O, archive), or a linker map; may be repeated for parts.",
)
@tensorflow_option
@tree_options
@runtime_option
@click.option(
    "--allow-unresolved", metavar="OP", multiple=True, help="Leave this op out of the check; may be repeated."
)
@format_option
def check(
    models: ModelRequest,
    selection: str | None,
    libraries: tuple[str, ...],
    index: IndexRequest,
    runtime: tuple[str, ...],
    allow_unresolved: tuple[str, ...],
    output_format: str,
) -> None:
    """Tell whether a selection, or a built library, has every op and kernel that the MODELs need.

    Says nothing and exits with 0 when it has. Otherwise each gap is named with the model and node that need it and with
    what to do, and the exit status is 1. A selection is checked by itself, without the source tree; with --tensorflow
    the kernel that is missing is named. For a library give the tree or index that it was built from. A linker map names
    files: which of their kernels were selected is known from the selection, given as well.

    \b
    Example:
      opsieve check new_model.pb --selection out/selection.json
      opsieve check app/*.pb --library libtensorflow.so --tensorflow ~/tensorflow
      opsieve check app/*.pb --library link.map --selection out/selection.json --tensorflow index.json
    """
    if not selection and not libraries:
        raise OpsieveError("check needs --selection FILE or --library FILE", hint="See opsieve check --help")
    if not models.paths and not libraries:
        raise OpsieveError("check needs a MODEL", hint="See opsieve check --help")
    from opsieve.selection.runtime.passes import parse_switches

    chosen = parse_switches(runtime)
    subjects = [_selection(selection, index)] if selection else []
    subjects += [_libraries(libraries, index, subjects[0].registered if subjects else None)] if libraries else []
    found = [
        (subject, gap)
        for subject in subjects
        for gap in _gaps(subject, models, chosen)
        if gap.op not in allow_unresolved
    ]
    if output_format == "json":
        click.echo(json.dumps(_document(subjects, found), indent=1))
    elif models.paths:
        click.echo("\n".join(line for subject, gap in found for line in _text(subject, gap)), nl=bool(found))
    else:
        click.echo("\n".join(line for subject in subjects for line in _listing(subject)))
    if found:
        raise click.exceptions.Exit(1)


@dataclass
class _Subject:
    """What is checked: a selection, or the parts of a library.

    ``runtime``: the passes that it was made for. ``fix`` says what to do about a gap.
    """

    path: str
    index: Index
    registered: Registered
    runtime: dict[str, bool]
    fix: Callable[[Gap], str]
    facts: list[dict[str, object]]
    uncertain: dict[tuple[str, str] | str, str]


def _selection(path: str, request: IndexRequest) -> _Subject:
    from opsieve.selection.coverage import index_of_selection, of_selection
    from opsieve.selection.document import read_selection

    selection, recorded = read_selection(path)
    if request.tensorflow is None:
        request.refuse_flags("the embedded index")
        index = index_of_selection(selection)
    else:
        index, source = request.load()
        _check_same(path, selection, index, source)
    command = recorded or "opsieve generate"
    digests = {model.path: model.sha256 for model in selection.models}

    def fix(gap: Gap) -> str:
        models = sorted({reason.model for reason in gap.reasons})
        known = [model for model in models if model in digests]
        if len(known) == len(models):
            return (
                f"{', '.join(known)} changed since, or is used in another way; generate the selection again: {command}"
            )
        return f"generate the selection again with {', '.join(models)} as well; it was made by: {command}"

    return _Subject(path, index, of_selection(selection), dict(selection.runtime), fix, [], {})


def _check_same(path: str, selection: Selection, index: Index, source: str) -> None:
    if selection.version != index.version:
        raise OpsieveError(
            f"{path} is a selection of TensorFlow {selection.version}, and {source} is {index.version}",
            hint="Give the tree or index that the selection was made from, or none",
        )
    if selection.defines != index.defines:
        raise OpsieveError(
            f"{path} was made under other defines ({_defines(selection.defines)}) than {source} is read under "
            f"({_defines(index.defines)})",
            hint="Give the --preset, --define and --undefine of the selection",
        )


def _defines(defines: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(defines.items())) or "none"


def _libraries(paths: tuple[str, ...], request: IndexRequest, selected: Registered | None) -> _Subject:
    """The parts of a library together. What cannot be told of it is as ``selected`` has it, if that is given."""
    from opsieve.binary import read_library, registered
    from opsieve.selection.coverage import Registered

    index, source = request.load()
    if request.tensorflow is None:
        note(f"no --tensorflow given: using {source} (preset {index.preset})")
    ops: set[str] = set()
    kernels: set[tuple[str, str]] = set()
    uncertain: dict[tuple[str, str] | str, str] = {}
    facts: list[dict[str, object]] = []
    for path, name in zip(paths, shown_paths([Path(path) for path in paths]), strict=True):
        library = dataclasses.replace(read_library(path), path=name)
        found = registered(library, index)
        ops |= found.ops
        kernels |= found.kernels
        uncertain |= found.uncertain
        facts.append({"path": name, "kind": library.kind, "machine": library.machine, "basis": found.basis})
    uncertain = {each: why for each, why in uncertain.items() if each not in ops and each not in kernels}
    if selected is not None:
        uncertain = {each: why for each, why in uncertain.items() if each in selected.ops or each in selected.kernels}
    # No alarm without certainty; what could not be told is said.
    ops |= {each for each in uncertain if isinstance(each, str)}
    kernels |= {each for each in uncertain if not isinstance(each, str)}
    if selected is not None:
        uncertain = {}

    def fix(gap: Gap) -> str:
        what = f"compile {gap.file}, with" if gap.file else "use"
        return f"{what} an ops_to_register.h generated for this model too, and keep all of its objects when linking"

    shown = ", ".join(str(each["path"]) for each in facts)
    return _Subject(shown, index, Registered(ops, kernels), {}, fix, facts, uncertain)


def _gaps(subject: _Subject, models: ModelRequest, chosen: dict[str, bool]) -> list[Gap]:
    from opsieve.selection.coverage import gaps
    from opsieve.selection.resolve import Resolver
    from opsieve.selection.runtime.passes import switches

    if not models.paths:
        return []
    resolver = Resolver(subject.index, switches(subject.index.defines, {**subject.runtime, **chosen}))
    resolved = list(resolve_models(models, resolver))
    _warn_of_uncertain(subject, resolved)
    return list(gaps(resolved, subject.index, subject.registered))


def _warn_of_uncertain(subject: _Subject, resolved: list[Resolved]) -> None:
    needed: set[tuple[str, str] | str] = {op for one in resolved for op in one.ops}
    needed |= {(key.op, key.class_text) for one in resolved for key in one.kernels}
    unknown = sorted(
        (each if isinstance(each, str) else " ".join(each), why)
        for each, why in subject.uncertain.items()
        if each in needed
    )
    if unknown:
        (name, why), more = unknown[0], len(unknown) - 1
        warn(
            f"{subject.path}: cannot be told, and taken as registered: {name}{f' and {more} more' if more else ''} "
            f"({why}); the --selection that the library was built from tells"
        )


def _text(subject: _Subject, gap: Gap) -> list[str]:
    return [
        one_line(f"gap: {_what(gap)} is not in {subject.path}"),
        one_line(f"  needed by {places(gap.reasons)}"),
        one_line(f"  fix: {subject.fix(gap)}"),
    ]


def _what(gap: Gap) -> str:
    types = ", ".join(f"{name}={'|'.join(dtypes)}" for name, dtypes in gap.types)
    if gap.class_text:
        return f"kernel {gap.class_text} of {gap.op}" + (f" ({types})" if types else "")
    return f"a kernel of {gap.op} for {types}" if types else f"op {gap.op}"


def _listing(subject: _Subject) -> list[str]:
    lines = [f"{fact['path']}: {fact['kind']}, {fact['machine']}; {fact['basis']}" for fact in subject.facts]
    lines += [f"op {op}" for op in sorted(subject.registered.ops)]
    lines += [f"kernel {op} {text}" for op, text in sorted(subject.registered.kernels)]
    return lines


def _document(subjects: list[_Subject], found: list[tuple[_Subject, Gap]]) -> dict[str, object]:
    from opsieve.selection.document import reason_rows

    return {
        "schema": 1,
        "covered": not found,
        "gaps": [
            {
                "in": subject.path,
                "op": gap.op,
                "class": gap.class_text,
                "types": dict(gap.types),
                "file": gap.file,
                "reasons": reason_rows(gap.reasons),
                "fix": subject.fix(gap),
            }
            for subject, gap in found
        ],
        "registered": [
            {
                "in": subject.path,
                "parts": subject.facts,
                "ops": sorted(subject.registered.ops),
                "kernels": [{"op": op, "class": text} for op, text in sorted(subject.registered.kernels)],
                "uncertain": [
                    {
                        "op": each if isinstance(each, str) else each[0],
                        "class": "" if isinstance(each, str) else each[1],
                        "why": why,
                    }
                    for each, why in sorted(subject.uncertain.items(), key=str)
                ],
            }
            for subject in subjects
        ],
    }
