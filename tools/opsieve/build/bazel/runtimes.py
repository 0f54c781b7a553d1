"""From a source tree and targets to what their BUILD files are written from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from opsieve.build.bazel.offer import Offer, offer
from opsieve.build.bazel.target import BazelTarget
from opsieve.build.bazel.write import Runtime
from opsieve.build.exports import exported
from opsieve.build.manifest import Manifest
from opsieve.build.planning import Ingredients, make_plan
from opsieve.build.provided import ThirdParty
from opsieve.build.third_party.provide import provide
from opsieve.errors import OpsieveError
from opsieve.resources import resource
from opsieve.tree.index import Index

# The plan wants a header's text; Bazel takes the header from the selection.
_SOME_SELECTION = "selected"


def runtimes(
    tree: Path,
    targets: Sequence[BazelTarget],
    index_for: Callable[[str], Index],
    given: Mapping[str, Path],
    store: Path | None,
    *,
    cache: bool = True,
) -> list[Runtime]:
    """The runtime of ``tree`` for each target.

    ``index_for``: the tree's index for a configuration of its BUILD files. ``given`` and ``store``: as of
    :func:`opsieve.build.third_party.provide.provide`.

    Raises:
        OpsieveError: the tree has no portable runtime, or a package that every library needs is missing.
    """
    runner = resource("build/run_model")
    offers: dict[str, tuple[Index, Offer]] = {}
    found = []
    for target in targets:
        configuration = target.toolchain.configuration
        if configuration not in offers:
            index = index_for(configuration)
            programs = sorted((*runner.glob("*.cc"), *runner.glob("*.h")))
            offers[configuration] = (
                index,
                offer(tree, index, configuration, index.defines, programs, cache=cache),
            )
        found.append(_runtime(tree, target, *offers[configuration], runner, given, store))
    return found


def _runtime(
    tree: Path,
    target: BazelTarget,
    index: Index,
    offered: Offer,
    runner: Path,
    given: Mapping[str, Path],
    store: Path | None,
) -> Runtime:
    kind = target.toolchain.kind
    base = provide(offered.runtime.third_party, offered.runtime.version, kind, given, store)
    more, missing = _extra_packages(offered, kind, given, store)
    packages = tuple({package.name: package for package in (*base, *more)}.values())
    registering = [source.path for source in offered.runtime.sources if source.registers]
    compiled = [*registering, *(path for path, each in offered.files.items() if not each.lacks)]
    plan = make_plan(
        Ingredients(
            name="tensorflow",
            tree=tree,
            manifest=offered.largest,
            third_party=packages,
            selected=dict.fromkeys(compiled, _SOME_SELECTION),
            runner=runner,
            exported=exported("session"),
        )
    )
    return Runtime(target, offered, plan, index, packages, frozenset(package.name for package in base), missing)


def _extra_packages(
    offered: Offer, kind: str, given: Mapping[str, Path], store: Path | None
) -> tuple[list[ThirdParty], dict[str, str]]:
    """The packages that only some files on offer need, as far as they are there; for the others how to get them."""
    manifest: Manifest = offered.largest
    always = {need.name for need in offered.runtime.third_party}
    found: list[ThirdParty] = []
    missing: dict[str, str] = {}
    for need in manifest.third_party:
        if need.name not in always:
            try:
                found += provide([need], manifest.version, kind, given, store)
            except OpsieveError as error:
                missing[need.name] = error.hint or str(error)
    return found, missing
