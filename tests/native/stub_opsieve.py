"""`opsieve` as opsieve.mk sees it, but for a "TensorFlow" of one source file: tests of the include alone are quick so.

`generate` is the real one, of the embedded index. `build` writes a makefile as the real one does, with the outputs in
the same places. Every call is a line of calls.log in the current folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_MAKEFILE = """
all: lib{name}.a lib{name}.so stripped/lib{name}.so run_model include/library.h
library.o: {tree}/library.cc
\t@echo "compile {name} with <$(MAKEFLAGS)>" >>{log}
\tg++ -fPIC -c $< -o $@
lib{name}.a: library.o
\trm -f $@ && ar rc $@ $<
lib{name}.so: library.o
\tg++ -g -shared $< -o $@
stripped/lib{name}.so: lib{name}.so
\tmkdir -p stripped && strip -o $@ $<
run_model: lib{name}.a
\techo program >$@
include/library.h: {tree}/library.h
\tmkdir -p include && cp $< $@
"""


def main() -> int:
    with open("calls.log", "a", encoding="utf-8") as log:
        print(*sys.argv[1:2], file=log)
    if sys.argv[1] != "build":
        place = sys.argv.index("--tensorflow")
        arguments = sys.argv[1:place] + sys.argv[place + 2 :]
        return subprocess.run([sys.executable, "-m", "opsieve", *arguments], check=False).returncode
    given = dict(zip(sys.argv, sys.argv[1:], strict=False))
    assert "--makefile-only" in sys.argv
    folder, name = Path(given["-o"]), given["--name"]
    folder.mkdir(parents=True, exist_ok=True)
    top = os.path.relpath(".", folder)
    texts = {
        "Makefile": _MAKEFILE.format(name=name, tree=f"{top}/{given['--tensorflow']}", log=f"{top}/calls.log"),
        f"{name}.ldflags": f"-l:lib{name}.a\n",
        f"{name}.cppflags": "\n",
    }
    for path, text in texts.items():
        if not (folder / path).is_file() or (folder / path).read_text() != text:
            (folder / path).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
