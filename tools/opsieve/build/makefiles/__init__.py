"""From a plan to a library: makefiles that any GNU Make runs, and running them."""

from opsieve.build.makefiles.options import Options
from opsieve.build.makefiles.running import run_build
from opsieve.build.makefiles.write import write_makefiles

__all__ = ["Options", "run_build", "write_makefiles"]
