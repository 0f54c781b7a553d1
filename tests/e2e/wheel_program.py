"""run_model, compiled against the headers of the TensorFlow package that is installed and linked with its library."""

from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from e2e.program import Program
from opsieve.processes import processors
from opsieve.resources import resource


def compile_program(folder: Path) -> Program:
    """The program, made in a folder; skips where there is no compiler or no library for C++."""
    import tensorflow as tf

    library = Path(tf.sysconfig.get_lib())
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed")
    if not (library / "libtensorflow_cc.so.2").is_file():
        pytest.skip("this TensorFlow package has no libtensorflow_cc.so.2")
    sources = sorted(resource("build/run_model").glob("*.cc"))
    objects = [folder / f"{source.stem}.o" for source in sources]
    # -isystem: TensorFlow's headers have warnings of their own.
    flags = [flag for flag in tf.sysconfig.get_compile_flags() if not flag.startswith("-I")]
    command = [
        "g++",
        *flags,
        "-std=c++17",
        "-O1",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-isystem",
        tf.sysconfig.get_include(),
    ]
    with ThreadPoolExecutor(processors()) as pool:
        for _ in pool.map(
            lambda pair: _run([*command, "-c", str(pair[0]), "-o", str(pair[1])]), zip(sources, objects, strict=True)
        ):
            pass
    program = folder / "run_model"
    libraries = ["-l:libtensorflow_cc.so.2", "-l:libtensorflow_framework.so.2"]
    link = [f"-L{library}", f"-Wl,-rpath,{library}", "-Wl,--no-as-needed", *libraries]
    _run(["g++", *map(str, objects), *link, "-o", str(program)])
    return Program(program)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stderr[-4000:]}"
