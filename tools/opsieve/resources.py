"""Where opsieve's own templates and data are (in a wheel, a checkout, Bazel's runfiles), and where its caches go."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from opsieve import __version__
from opsieve.errors import OpsieveError
from opsieve.files import write_if_changed

_PACKAGE = Path(__file__).resolve().parent
_OWN_SUFFIXES = (".py", ".yaml", ".bzl")


def resource(name: str) -> Path:
    """The path of a file or folder that travels with opsieve, such as ``templates`` or ``data/demo``.

    Raises:
        FileNotFoundError: no such resource; the installation is broken.
    """
    # A wheel carries templates/ inside the package; a checkout has it two folders up, at the top.
    for base in (_PACKAGE, _PACKAGE.parent.parent):
        if (base / name).exists():
            return base / name
    found = _runfile(name)
    if found is not None:
        return found
    raise FileNotFoundError(f"opsieve's own file {name!r} is missing; install opsieve again")


def load_yaml(path: Path) -> Any:
    """What one of opsieve's own YAML files holds.

    Kept as JSON in the cache folder, by its content: importing PyYAML takes longer than all else that a short run does.
    """
    content = path.read_bytes()
    parsed = cache_folder() / "yaml" / f"{path.stem}-{hashlib.sha256(content).hexdigest()[:24]}.json"
    with contextlib.suppress(OSError, ValueError):
        return json.loads(parsed.read_bytes())
    import yaml

    loaded = yaml.safe_load(content)
    with contextlib.suppress(OpsieveError):
        write_if_changed(parsed, json.dumps(loaded).encode())
    return loaded


@lru_cache(maxsize=1)
def own_state() -> str:
    """A digest of opsieve itself, code and facts: what was worked out by another may be different.

    The version does not tell everything: a checkout changes without it.
    """
    state = hashlib.blake2b(__version__.encode(), digest_size=16)
    for folder, folders, names in os.walk(_PACKAGE):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            place = os.path.join(folder, name)
            if name.endswith(_OWN_SUFFIXES):
                with open(place, "rb") as stream:
                    content = stream.read()
                state.update(f"{os.path.relpath(place, _PACKAGE)}\0{len(content)}\0".encode())
                state.update(content)
    return state.hexdigest()


def cache_folder() -> Path:
    """``$OPSIEVE_CACHE_DIR``, or ``opsieve`` under the user's cache directory (``$XDG_CACHE_HOME`` or ``~/.cache``)."""
    own = os.environ.get("OPSIEVE_CACHE_DIR")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "opsieve"
    except RuntimeError:
        # A user without a home. No folder that others may write to: what is cached is trusted, templates are even run.
        return Path(os.devnull) / "opsieve"


def _runfile(name: str) -> Path | None:
    from runfiles import Runfiles

    runfiles = Runfiles.Create()
    if runfiles is None:
        return None
    workspaces = ["_main", "opsieve"]
    # Raises where this file is not below the runfiles, as when Bazel follows a link into the checkout.
    with contextlib.suppress(ValueError):
        workspaces.insert(0, runfiles.CurrentRepository())
    for workspace in filter(None, workspaces):
        for prefix in ("", "tools/opsieve/"):
            location = runfiles.Rlocation(f"{workspace}/{prefix}{name}")
            if location and Path(location).exists():
                return Path(location)
    return None
