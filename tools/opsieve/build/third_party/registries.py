"""Where a file of a registry can be had: addresses, from PyPI's simple index or Debian's mirrors."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterator
from html.parser import HTMLParser

from opsieve.build.third_party import http, settings
from opsieve.build.third_party.catalog import Archive
from opsieve.errors import OpsieveError

# tensorflow-cpu's page has 0.3 MB, grpcio's 3.3 MB.
_LARGEST_PAGE = 64 << 20
_JSON = "application/vnd.pypi.simple.v1+json"


def addresses(archive: Archive) -> Iterator[str]:
    """The addresses of an archive, the likeliest first. An index is asked only when the addresses before did not do.

    Raises:
        OpsieveError: no registry could be asked; when one could, nothing is raised, there are just no addresses.
    """
    if archive.registry == "debian":
        for mirror in settings.debian_mirrors():
            yield f"{mirror}/{archive.pool}/{urllib.parse.quote(archive.file)}"
        return
    failures = []
    answered = False
    for index in settings.indexes():
        try:
            yield from _in_index(index, archive)
            answered = True
        except http.MissingFileError:
            answered = True
        except OpsieveError as error:
            failures.append(error.message)
    if failures and not answered:
        raise OpsieveError("; ".join(failures))


def home(archive: Archive) -> str:
    """Where a person looks for the archive."""
    if archive.registry == "debian":
        found = next(
            addresses(archive), f"{archive.pool} of a Debian mirror, of which OPSIEVE_DEBIAN_MIRROR can be one"
        )
        return f"{found}; the snapshot of {archive.snapshot} has it" if archive.snapshot else found
    return f"{http.shown((settings.indexes() or ('PyPI',))[0])}/{archive.name}/"


def _in_index(index: str, archive: Archive) -> Iterator[str]:
    page = f"{index}/{re.sub(r'[-_.]+', '-', archive.name).lower()}/"
    local = page.startswith("file:")
    with http.open_url(page + "index.html" if local else page, accept=f"{_JSON}, text/html;q=0.1") as answer:
        content = answer.read(_LARGEST_PAGE + 1)
        kind = "" if local else str(getattr(answer, "headers", {}).get("Content-Type", ""))
        base = page if local else str(getattr(answer, "url", page))
    if len(content) > _LARGEST_PAGE:
        raise OpsieveError(f"{http.shown(page)}: the list of files has more than {_LARGEST_PAGE >> 20} MB")
    try:
        links = _json_links(content) if _JSON in kind else _html_links(content.decode("utf-8", "replace"))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise OpsieveError(f"{http.shown(page)}: not the list of files of a package index") from None
    for name, link in links:
        if name == archive.file:
            address = urllib.parse.urljoin(base, link.partition("#")[0])
            # A page from elsewhere must not make us read files of this machine.
            if local or not address.startswith("file:"):
                yield _with_credentials(address, index)


def _json_links(content: bytes) -> list[tuple[str, str]]:
    return [(str(file["filename"]), str(file["url"])) for file in json.loads(content)["files"]]


def _html_links(content: str) -> list[tuple[str, str]]:
    reader = _Links()
    reader.feed(content)
    return reader.found


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        link = dict(attrs).get("href") if tag == "a" else None
        if link:
            path = urllib.parse.urlsplit(link).path
            self.found.append((urllib.parse.unquote(path.rpartition("/")[2]), link))


def _with_credentials(address: str, index: str) -> str:
    """What the index asks to know of its users, its own files want to know too; no other server is told."""
    ours, theirs = urllib.parse.urlsplit(index), urllib.parse.urlsplit(address)
    if ours.username is not None and theirs.username is None and ours.hostname == theirs.hostname:
        return theirs._replace(netloc=f"{ours.netloc.rpartition('@')[0]}@{theirs.netloc}").geturl()
    return address
