"""What pip and apt of this machine are set up to use, so that a company's mirror serves opsieve too."""

from __future__ import annotations

import configparser
import contextlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

# Addresses of Debian mirrors, for machines whose apt has none.
_MIRROR = "OPSIEVE_DEBIAN_MIRROR"


def indexes() -> tuple[str, ...]:
    """Addresses of Python package indexes in pip's order: the index, then the extra ones; none if pip uses none."""
    if _pip_setting("no-index").lower() in ("1", "true", "yes", "on"):
        return ()
    main = _pip_setting("index-url") or _pip_default()
    return tuple(dict.fromkeys(url.rstrip("/") for url in (main, *_pip_setting("extra-index-url").split()) if url))


def certificates() -> str | None:
    """A file or folder of certificates to trust instead of the system's; none for the system's."""
    own = _pip_setting("cert") or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    return own or None


def timeout() -> float:
    """Seconds without an answer after which a server counts as silent; 60, or more where pip is given more."""
    with contextlib.suppress(ValueError):
        return max(float(_pip_setting("default-timeout") or _pip_setting("timeout")), 60.0)
    return 60.0


def debian_mirrors(apt: Path = Path("/etc/apt")) -> tuple[str, ...]:
    """Addresses of Debian mirrors: those of ``$OPSIEVE_DEBIAN_MIRROR``, then those of apt's sources."""
    own = os.environ.get(_MIRROR, "").split()
    found = [url for url in _apt_addresses(apt) if url.rstrip("/").endswith("/debian")]
    return tuple(dict.fromkeys(url.rstrip("/") for url in (*own, *found)))


def _pip_default() -> str:
    """The index that pip uses where nothing is set; "" without pip."""
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        return ""
    return str(PyPI.simple_url)


def _pip_setting(name: str) -> str:
    """One of pip's settings: the environment wins over the user's file, that over the machine's."""
    from_environment = os.environ.get("PIP_" + name.upper().replace("-", "_"))
    if from_environment is not None:
        return from_environment
    result = ""
    for path in _pip_files():
        parser = configparser.RawConfigParser()
        with contextlib.suppress(OSError, configparser.Error, UnicodeDecodeError):
            parser.read(path, encoding="utf-8")
            for section in ("global", "download"):
                result = parser.get(section, name, fallback=result)
    return result


def _pip_files() -> Iterator[Path]:
    """pip's configuration files, the last one winning (pip's documentation, "Configuration Files")."""
    own = os.environ.get("PIP_CONFIG_FILE")
    if own == os.devnull:
        return
    for folder in reversed(os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep)):
        yield Path(folder) / "pip" / "pip.conf"
    yield Path("/etc/pip.conf")
    with contextlib.suppress(RuntimeError):
        home = Path.home()
        yield home / ".pip" / "pip.conf"
        if sys.platform == "darwin":
            yield home / "Library" / "Application Support" / "pip" / "pip.conf"
        yield Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    yield Path(sys.prefix) / "pip.conf"
    if own:
        yield Path(own)


def _apt_addresses(apt: Path) -> Iterator[str]:
    for path in (apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))):
        if path.suffix in (".list", ".sources") and path.is_file():
            with contextlib.suppress(OSError, UnicodeDecodeError):
                for line in path.read_text(encoding="utf-8").splitlines():
                    if re.match(r"\s*(deb(-src)?\s|URIs:)", line):
                        yield from re.findall(r"https?://\S+", line)
