"""Which object is made of what: the units of a plan as rules for a makefile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from opsieve.build.makefiles.flags import GENERATED, GroupFlags
from opsieve.build.makefiles.precompiling import Precompiled, steers_headers
from opsieve.build.makefiles.workspace import Workspace
from opsieve.build.plan import Plan, Unit
from opsieve.errors import OpsieveError

PROGRAM = "run_model"


@dataclass(frozen=True, slots=True)
class Rule:
    """``recipe`` is a variable's name in the makefile. ``header``: what is included before the unit, if anything."""

    object: str
    source: str
    header: str
    precompiled: str
    recipe: str


def unit_rules(
    plan: Plan,
    workspace: Workspace,
    flags: Mapping[str, GroupFlags],
    precompiled: Mapping[str, Precompiled],
) -> tuple[list[Rule], list[Rule]]:
    """The rules of the library's units and of the program's, each sorted by what they compile.

    Raises:
        OpsieveError: a unit of no group or root, without a source, or twice; with its name.
    """
    compiled = {_compiled_proto(proto) for proto in plan.protos}
    rules: dict[str, tuple[Unit, Rule]] = {}
    for unit in plan.units:
        if unit.group not in flags:
            raise OpsieveError(f"{unit.source}: there is no group {unit.group!r} in the plan")
        if unit.header and unit.header not in workspace.headers:
            raise OpsieveError(f"{unit.source}: the plan has no ops_to_register.h {unit.header!r}")
        rule = _rule(unit, plan, workspace, flags[unit.group], precompiled.get(unit.group), compiled)
        if rule.object in rules:
            raise OpsieveError(f"{unit.source}: the plan compiles it twice in group {unit.group}")
        rules[rule.object] = (unit, rule)
    ordered = sorted(rules.values(), key=lambda pair: (pair[0].root, pair[1].source, pair[1].object))
    library = [rule for unit, rule in ordered if unit.group != PROGRAM]
    return library, [rule for unit, rule in ordered if unit.group == PROGRAM]


def _rule(
    unit: Unit, plan: Plan, workspace: Workspace, flags: GroupFlags, pch: Precompiled | None, compiled: set[str]
) -> Rule:
    if unit.root:
        source = f"{workspace.roots[unit.root]}/{unit.source}"
        if not (workspace.folder / source).is_file():
            raise OpsieveError(f"{plan.roots[unit.root] / unit.source}: there is no such source")
        name = f"{unit.root}/{unit.source}"
    else:
        name = _compiled_proto(unit.source) if unit.source.endswith(".proto") else unit.source
        source = f"{GENERATED}/{name}"
        if name not in plan.generated and name not in compiled:
            raise OpsieveError(f"{name}: nothing in the plan generates it")
        name = f"{GENERATED}/{name}"
    is_c = unit.source.endswith(".c")
    defines = next(group.defines for group in plan.groups if group.name == unit.group)
    if pch and (is_c or (unit.root and steers_headers(workspace.folder / source, defines))):
        pch = None
    header = "" if is_c or not unit.header else f"{workspace.headers[unit.header]}/selected.h"
    # The part of the header's folder that tells selections apart.
    mark = f".{header.split('/')[1]}" if header else ""
    kind = "c" if is_c else "selected" if header else "cxx"
    return Rule(
        object=f"{flags.folder}/{name}{mark}.o",
        source=source,
        header=header,
        precompiled=pch.object if pch else "",
        recipe=f"{kind}_{unit.group}" if pch or is_c else f"plain_{kind}_{unit.group}",
    )


def _compiled_proto(proto: str) -> str:
    return proto.removesuffix(".proto") + ".pb.cc"
