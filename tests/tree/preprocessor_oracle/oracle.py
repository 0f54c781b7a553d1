"""Every file of a tree through the preprocessor, in parallel, with the results kept."""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import tempfile
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from .c_api import c_api_ops, c_api_registrations
from .compiler import counts_raw_newlines, preprocess
from .constants import Constants, constants_of_tree
from .kernels import KernelRegistration, kernel_registrations
from .markers import Places
from .ops import OpRegistration, op_registrations
from .shadow import IncludePath, make_include_path

# A file that names none of these registers nothing, unless a file it includes registers for it.
_COULD_REGISTER = re.compile(rb"REGISTER|TF_NewKernelBuilder|TF_NewOpDefinitionBuilder|#\s*include.*\.(?:inc|cc|def)\b")
_LATER = ("__init__", "attr_language", "comparison")
SUFFIXES = (".cc", ".cpp", ".cxx")


@dataclass
class FileResult:
    """What one file registers; ``failure`` if the preprocessor's output could not be read."""

    file: str
    kernels: list[KernelRegistration] = field(default_factory=list)
    ops: list[OpRegistration] = field(default_factory=list)
    errors: tuple[str, ...] = ()
    failure: str = ""


def cache_folder() -> Path:
    """Where results are kept between runs: OPSIEVE_ORACLE_CACHE, or a folder among the temporary files."""
    return Path(os.environ.get("OPSIEVE_ORACLE_CACHE") or Path(tempfile.gettempdir()) / "opsieve-oracle")


def candidate_files(tree: Path, top: str = "") -> list[str]:
    """The .cc files, relative to ``tree``, that could register something, tests left out."""
    found = []
    for folder, folders, files in os.walk(tree / top):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for file in sorted(files):
            if file.endswith(SUFFIXES) and not file.endswith(("_test.cc", "_test_gpu.cu.cc")):
                path = Path(folder) / file
                if path.is_file() and _COULD_REGISTER.search(path.read_bytes()):
                    found.append(path.relative_to(tree).as_posix())
    return found


def read_tree(
    tree: Path,
    defines: dict[str, str],
    compiler: str,
    files: Iterable[str] | None = None,
    *,
    base: Path | None = None,
    flags: tuple[str, ...] = (),
    jobs: int = 0,
    cache: bool = True,
) -> dict[str, FileResult]:
    """What each file registers under ``defines``.

    ``files`` are relative to ``base`` (the tree itself unless given: the sources of a library that is compiled against
    the headers in ``tree``). Results are kept by tree, defines and compiler; ``cache=False`` for trees that change.
    """
    base = base or tree
    wanted = list(candidate_files(base, "tensorflow" if base == tree else "") if files is None else files)
    identity = hashlib.sha256(repr((str(tree.resolve()), str(base.resolve()))).encode()).hexdigest()[:12]
    key = hashlib.sha256(repr((sorted(defines.items()), compiler, flags, _own_code())).encode()).hexdigest()[:12]
    work = cache_folder() / identity
    kept = work / f"results-{key}.pickle"
    results: dict[str, FileResult] = pickle.loads(kept.read_bytes()) if cache and kept.exists() else {}
    missing = [file for file in wanted if file not in results]
    if missing:
        include = make_include_path(tree, work, () if base == tree else (base,))
        elsewhere = constants_of_tree(folder / "tensorflow" for folder in {tree, base})
        workers = jobs or min(2, os.cpu_count() or 1)
        with ProcessPoolExecutor(workers) as pool:
            arguments = [(base, file, include, elsewhere, defines, compiler, flags) for file in missing]
            for result in pool.map(_read_file, arguments, chunksize=4):
                results[result.file] = result
        if cache:
            kept.write_bytes(pickle.dumps(results))
    return {file: results[file] for file in wanted}


def _own_code() -> str:
    # Comparing comes after; a change there leaves the kept results good.
    modules = sorted(
        set(Path(__file__).parent.glob("*.py")) - {Path(__file__).with_name(f"{name}.py") for name in _LATER}
    )
    code = b"".join(path.read_bytes() for path in modules)
    return hashlib.sha256(code).hexdigest()


def _read_file(
    arguments: tuple[Path, str, IncludePath, dict[str, str], dict[str, str], str, tuple[str, ...]],
) -> FileResult:
    base, file, include, elsewhere, defines, compiler, flags = arguments
    path = os.path.normpath(base / file)
    preprocessed = preprocess(compiler, Path(path), include, defines, flags)
    text = preprocessed.text
    result = FileResult(file, errors=preprocessed.errors)
    places, constants = Places(text, path, counts_raw_newlines(compiler)), Constants(text, elsewhere)
    fatal = [error for error in preprocessed.errors if "fatal error" in error]
    if fatal:
        # The compiler stopped there, so that what it printed is not all of the file.
        result.failure = fatal[0]
        return result
    try:
        result.kernels = list(kernel_registrations(text, file, places, constants))
        result.kernels += c_api_registrations(text, file, places, constants)
        result.ops = list(op_registrations(text, file, places, constants))
        result.ops += c_api_ops(text, file, places, constants)
    except (ValueError, AssertionError) as error:
        result.failure = f"{type(error).__name__}: {error}"
    return result
