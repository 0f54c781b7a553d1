"""The command line: one file a command, imported only when that command runs."""

from __future__ import annotations

import gc
import os
import sys

import click

from opsieve import __version__
from opsieve.cli.lazy_group import LazyGroup
from opsieve.cli.messages import fail, note
from opsieve.errors import OpsieveError

# Command → one line of help. The line is here so that `opsieve --help` imports no command.
COMMANDS = {
    "bazel-files": "Write BUILD files over a source tree, for Bazel.",
    "build": "Build the library that runs exactly these models, with Make.",
    "check": "Tell whether a selection, or a built library, runs models.",
    "completion": "Print the shell's completion script.",
    "deps": "Fetch the third-party packages that a library is compiled with.",
    "explain": "Tell why an op, a kernel class or a source file is in a selection.",
    "generate": "Write the header and source lists that select what the models need.",
    "index": "List the kernels and op definitions of a TensorFlow source tree.",
    "lock": "Write, check or merge a file of what is selected, for review and version control.",
    "scan": "Show the ops, types, functions and signatures that models need.",
    "size": "Tell who owns the bytes of a built library or program.",
    "what-if": "Tell what a selection would lose without some models or ops.",
}


def _print_make_include(context: click.Context) -> None:
    from opsieve.resources import resource

    click.echo(resource("make/opsieve.mk"))
    context.exit()


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option(
    "--make-include",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda context, _parameter, value: _print_make_include(context) if value else None,
    help="Print the path of opsieve.mk, for a makefile to include, and exit.",
)
@click.version_option(__version__, prog_name="opsieve", message="%(prog)s %(version)s")
def cli() -> None:
    """Build TensorFlow with exactly the ops and kernels that your models need.

    \b
    opsieve scan model.pb                                      what does this model use?
    opsieve generate model.pb --tensorflow ~/tensorflow -o out ops_to_register.h and its companions
    opsieve build model.pb --tensorflow ~/tensorflow -o out    the library, with Make
    opsieve check model.pb --library libapp.so                 does this library run the model?
    opsieve size report libapp.so                              who owns its bytes?
    opsieve explain Conv2D --selection out/selection.json      why is this op here?
    opsieve lock model.pb                                      the selection, to review and commit
    opsieve index ~/tensorflow -o index.json                   the kernels of a source tree, as JSON

    Exit status: 0 success; 1 the answer is no (a need is not met); 2 the command or its input was wrong.
    """


def main() -> None:
    """The console script. Ends the process: 0, 1 or 2 as the help says; 130 after Ctrl-C."""
    # The collector finds next to nothing in a process that lives this short, and looks through every node of a model.
    gc.set_threshold(100_000, 50, 50)
    try:
        status = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except (click.exceptions.Abort, KeyboardInterrupt):
        note("interrupted; nothing was left half done")
        status = 130
    except click.ClickException as error:
        error.show()
        status = 2
    except OpsieveError as error:
        fail(error)
        status = 2
    except (BrokenPipeError, SystemExit):
        # The reader of our output has gone (`| head`), for which click itself exits: no error, and nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except OSError as error:
        fail(OpsieveError(f"{error.filename or 'opsieve'}: {error.strerror or error}"))
        status = 2
    except MemoryError:
        fail(OpsieveError("there is not enough memory"))
        status = 2
    # Taking the interpreter apart would take a fifth of a run; every file is closed by now.
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else 0)
