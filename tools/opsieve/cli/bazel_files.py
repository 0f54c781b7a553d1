"""``opsieve bazel-files``: BUILD files over a plain source tree, for the Bazel rule selective_library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsieve.cli.inputs import IndexRequest
from opsieve.cli.messages import note
from opsieve.cli.options import PATH, third_party_options

if TYPE_CHECKING:
    from opsieve.cli.third_party import ThirdPartyRequest
    from opsieve.tree.index import Index


@click.command()
@click.option("--tensorflow", metavar="TREE", type=PATH, required=True, help="TensorFlow source tree to compile.")
@click.option(
    "--target",
    "targets",
    metavar="NAME|FILE",
    multiple=True,
    help="What to compile for, as of `opsieve build`; may be repeated.  [default: this machine]",
)
@third_party_options
@click.option(
    "--link-flag",
    "link_flags",
    metavar="FLAG",
    multiple=True,
    help="Flag that chooses a linker, or what it drops; may be repeated.  [default: of the first linker that works]",
)
@click.option(
    "--rules",
    metavar="LABEL",
    default="@opsieve//rules",
    show_default=True,
    help="Bazel package that the rules of the BUILD files are loaded from.",
)
@click.option("--no-cache", is_flag=True, help="Neither use nor write what is known of the tree.")
@click.option("-o", "--output", metavar="DIR", type=PATH, required=True, help="Folder for the repository.")
def bazel_files(
    tensorflow: str,
    targets: tuple[str, ...],
    third_party: ThirdPartyRequest,
    link_flags: tuple[str, ...],
    rules: str,
    no_cache: bool,
    output: str,
) -> None:
    """Write a Bazel repository that compiles TensorFlow's portable runtime from a plain source tree.

    It holds links to the tree and to third-party packages, and BUILD files made of the same lists that `opsieve build`
    compiles. TensorFlow's own BUILD files and WORKSPACE are read, and not loaded by Bazel. The repository rule
    portable_tensorflow_repository runs this command; selective_library completes the runtime with what a selection
    needs.

    \b
    Example:
      opsieve bazel-files --tensorflow ~/tensorflow -o external/tf
      opsieve bazel-files --tensorflow ~/tensorflow --target linux-aarch64 --target android-arm64 -o external/tf
    """
    from opsieve.build.bazel.runtimes import runtimes
    from opsieve.build.bazel.target import bazel_target
    from opsieve.build.bazel.write import write_bazel_files
    from opsieve.cli.building import default_target

    chosen = [
        bazel_target(name, f"{rules}/platforms", link_flags) for name in dict.fromkeys(targets or (default_target(),))
    ]
    for line in dict.fromkeys(line for target in chosen for line in target.toolchain.notes):
        note(line)

    def index_for(configuration: str) -> Index:
        return IndexRequest(tensorflow, None, (), (), (), no_cache).compiled_for(configuration).load()[0]

    found = runtimes(
        Path(tensorflow).resolve(), chosen, index_for, third_party.given, third_party.store, cache=not no_cache
    )
    for package, hint in sorted({pair for runtime in found for pair in runtime.missing.items()}):
        note(f"without {package}, which only some kernels need: {hint}")
    write_bazel_files(found, Path(output), rules)
    click.echo(f"wrote {output}/BUILD for {', '.join(runtime.target.name for runtime in found)}")
