"""Reading from a server: through the environment's proxies, with the certificates pip trusts, again when it breaks."""

from __future__ import annotations

import base64
import os
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from functools import lru_cache
from typing import IO

from opsieve.build.third_party import settings
from opsieve.errors import OpsieveError

_ATTEMPTS = 4
_FIRST_PAUSE = 0.5


class MissingFileError(Exception):
    """The server says that it has no such file."""


def open_url(url: str, *, first: int = 0, last: int | None = None, accept: str = "*/*") -> IO[bytes]:
    """An open answer. With ``first`` or ``last`` (byte positions, both included) the server may answer with that part.

    Whether it did is told by ``status``: 206. Tries again a few times where the server is silent or overloaded.

    Raises:
        MissingFileError: there is no such file.
        OpsieveError: the server cannot be reached or refuses.
    """
    plain, authorization = _credentials(url)
    if urllib.parse.urlsplit(plain).scheme not in ("http", "https", "file"):
        raise OpsieveError(f"{shown(url)}: not an address that files are fetched from")
    request = urllib.request.Request(
        plain, headers={"Accept": accept, "User-Agent": "opsieve", "Accept-Encoding": "identity"}
    )
    if authorization:
        # Not sent on when the server points elsewhere.
        request.add_unredirected_header("Authorization", authorization)
    if first or last is not None:
        request.add_header("Range", f"bytes={first}-{'' if last is None else last}")
    for attempt in range(_ATTEMPTS):
        try:
            answer: IO[bytes] = _opener().open(request, timeout=settings.timeout())
            return answer
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (404, 410):
                raise MissingFileError(shown(url)) from None
            if error.code not in (408, 425, 429, 500, 502, 503, 504) or attempt == _ATTEMPTS - 1:
                raise OpsieveError(f"{shown(url)}: the server answers {error.code} {error.reason}") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, FileNotFoundError):
                raise MissingFileError(shown(url)) from None
            # A name that is unknown or a server that is not there will not be there in a second; one that is slow may.
            if not isinstance(reason, (TimeoutError, ConnectionResetError)) or attempt == _ATTEMPTS - 1:
                raise OpsieveError(f"{shown(url)}: cannot be reached: {reason}") from None
        time.sleep(_FIRST_PAUSE * 2**attempt)
    raise AssertionError("the last attempt returns or raises")


def shown(url: str) -> str:
    """An address for messages: without a password."""
    return _credentials(url)[0]


def _credentials(url: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(url)
    if parts.username is None:
        return url, ""
    user = urllib.parse.unquote(parts.username)
    password = urllib.parse.unquote(parts.password or "")
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), f"Basic {token}"


@lru_cache(maxsize=1)
def _opener() -> urllib.request.OpenerDirector:
    trusted = settings.certificates()
    is_folder = trusted is not None and os.path.isdir(trusted)
    try:
        context = ssl.create_default_context(
            cafile=None if is_folder else trusted, capath=trusted if is_folder else None
        )
    except (OSError, ssl.SSLError) as error:
        raise OpsieveError(f"{trusted}: the certificates that pip is set up with cannot be read: {error}") from None
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))
