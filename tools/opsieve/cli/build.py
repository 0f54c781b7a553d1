"""``opsieve build``: from models and a source tree to a library, through generated makefiles."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsieve.cli.command_line import command_line
from opsieve.cli.inputs import IndexRequest, ModelRequest
from opsieve.cli.messages import note
from opsieve.cli.options import PATH, format_option, model_options, selection_options, third_party_options, tree_options
from opsieve.cli.proof import prove
from opsieve.cli.selecting import select_models
from opsieve.cli.unresolved import report_unresolved
from opsieve.errors import OpsieveError
from opsieve.locking import locked
from opsieve.resources import cache_folder

if TYPE_CHECKING:
    from opsieve.cli.third_party import ThirdPartyRequest

# Without it, sources of the runtime ask for what only a desktop's has.
_MOBILE = "IS_MOBILE_PLATFORM"

# What does not change what is built.
_OF_ONE_RUN = ("output_format", "no_cache", "jobs", "objects", "makefile_only", "store")


@click.command()
@model_options
@click.option("--tensorflow", metavar="TREE", type=PATH, required=True, help="TensorFlow source tree to compile.")
@click.option(
    "--target",
    metavar="NAME|FILE",
    help="What to build for: linux-x86_64, linux-aarch64, linux-armv7, android-arm64, android-armv7, android-x86_64, "
    "ios-arm64, ios-simulator-arm64, or a YAML file of your own.  [default: this machine]",
)
@click.option(
    "--name", metavar="NAME", default="tensorflow_selective", show_default=True, help="libNAME.a, libNAME.so."
)
@tree_options
@selection_options
@third_party_options
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="Compile N files at once.  [default: one a processor]"
)
@click.option(
    "--objects",
    metavar="DIR",
    type=PATH,
    help="Folder for the object files that several libraries share.  [default: in the user's cache folder]",
)
@click.option(
    "--register",
    metavar="selected|all|FILE",
    default="selected",
    show_default=True,
    help="What the compiled files register: what is selected, all that stands in them, or as this header says.",
)
@click.option("--makefile-only", is_flag=True, help="Write DIR/Makefile and what it needs; compile nothing.")
@format_option
@click.option("-o", "--output", metavar="DIR", type=PATH, required=True, help="Folder for the library.")
def build(
    models: ModelRequest,
    index: IndexRequest,
    target: str | None,
    name: str,
    runtime: tuple[str, ...],
    allow_unresolved: tuple[str, ...],
    third_party: ThirdPartyRequest,
    jobs: int | None,
    objects: str | None,
    register: str,
    makefile_only: bool,
    output_format: str,
    output: str,
) -> None:
    """Build a static and a shared library, and the program run_model, that run all MODELs together.

    TensorFlow's portable runtime and the selected kernels are compiled from a plain source tree with GNU Make and the
    target's compiler; Bazel is not needed. Third-party packages come from folders that you name, or from what
    `opsieve deps fetch` fetched. Objects that do not depend on the selection are kept and shared: another model of the
    same tree compiles only what differs. At the end the library is read again, and has to register all that the models
    need.

    \b
    Example:
      opsieve build model.pb --tensorflow ~/tensorflow -o out
      opsieve build model.pb --tensorflow ~/tensorflow --target linux-aarch64 -o out
      opsieve build app/*.pb --tensorflow ~/tensorflow --third-party eigen=$HOME/eigen --makefile-only -o out
    """
    from opsieve.build.link_check import explained_link, link_summary
    from opsieve.build.makefiles import run_build
    from opsieve.build.toolchains import check_toolchain
    from opsieve.cli.building import ALL, SELECTED, Request, default_target, prepare
    from opsieve.processes import processors
    from opsieve.resources import resource
    from opsieve.tree.sources import tree_version

    tree = Path(index.tensorflow or "")
    if tree.is_dir() and tree_version(tree).startswith("1."):
        raise OpsieveError(
            f"{tree}: TensorFlow {tree_version(tree)} has a makefile of its own",
            hint=f"include {resource('make/contrib_makefile.mk')} in yours: it drives that with your models' kernels",
        )
    if not tree.is_dir():
        raise OpsieveError(f"{tree}: not a source tree", hint="a library is compiled from a TensorFlow checkout")
    if register not in (SELECTED, ALL) and not Path(register).is_file():
        raise OpsieveError(f"--register {register}: no such header", hint=f"give {SELECTED}, {ALL} or a file")
    toolchain = check_toolchain(target or default_target())
    # What files need to link is worked out for the target, and only for those that are selected.
    index = index.compiled_for(toolchain.configuration).without_helpers()
    selection = select_models(models, index, runtime, allow_unresolved)
    report_unresolved(selection)
    if _MOBILE not in selection.defines:
        raise OpsieveError(
            f"--preset {index.preset}: opsieve build compiles TensorFlow's portable runtime, which is for {_MOBILE}",
            hint="leave --preset out; a desktop's runtime is built with Bazel",
        )
    context = click.get_current_context()
    request = Request(
        name=name,
        tree=tree.resolve(),
        register=register,
        output=Path(output),
        objects=Path(objects) if objects else None,
        third_party=third_party,
        folders=index.folders(),
        command=command_line("build", context.command.params, context.params, without=_OF_ONE_RUN),
        cache=not index.no_cache,
    )
    kernels = index.load()[0]
    with _alone(request.output):
        makefile = prepare(selection, kernels, toolchain, request)
        for line in toolchain.notes:
            note(line)
        if makefile_only:
            folder = shlex.quote(str(makefile.parent))
            click.echo(f"wrote {makefile}; to build: make -C {folder} -j{processors()}")
            return
        with explained_link(makefile, toolchain):
            run_build(makefile, jobs)
        if summary := link_summary(makefile, toolchain):
            note(summary)
        proof = prove(selection, kernels, request.output, name)
    if output_format == "json":
        click.echo(json.dumps(proof.document(), indent=1))
    else:
        click.echo(proof.text())
    if proof.missing:
        raise click.exceptions.Exit(1)


def _alone(output: Path) -> AbstractContextManager[None]:
    """Within, no other `opsieve build` writes to the same folder: each would prove what the other has built."""
    # Not in the folder: where a build fails early, nothing is to be in it.
    locks = cache_folder() / "locks"
    try:
        locks.mkdir(parents=True, exist_ok=True)
    except OSError:
        return nullcontext()
    key = hashlib.sha256(os.fsencode(output.resolve())).hexdigest()[:16]
    return locked(locks / key, lambda: note(f"{output}: waiting for another build in the same folder"))
