"""A registry on this machine: a simple index and a pool, with the faults that tests ask for."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opsieve.build.third_party.catalog import Archive


@dataclass
class Registry:
    """What a server has, what it was asked for, and how it misbehaves.

    ``break_after``: the next answers end after so many bytes, one number an answer. ``parts``: it answers to Range.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    sent: int = 0
    break_after: list[int] = field(default_factory=list)
    parts: bool = True
    html: bool = False
    pause: threading.Event | None = None

    def add(self, path: str, content: bytes) -> None:
        """Have a file."""
        self.files[path] = content


@contextlib.contextmanager
def serve() -> Iterator[Registry]:
    """A running registry; it stops at the end."""
    registry = Registry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            registry.asked.append((self.path, asked))
            if self.path.startswith("/simple/"):
                self._index(self.path.split("/")[2])
                return
            content = registry.files.get(self.path.lstrip("/"))
            if content is None:
                self.send_error(404)
                return
            status, first, last = 200, 0, len(content) - 1
            if registry.parts and asked:
                start, _, end = asked.removeprefix("bytes=").partition("-")
                status, first, last = 206, int(start), min(int(end), last) if end else last
            part = content[first : last + 1]
            self.send_response(status)
            self.send_header("Content-Length", str(len(part)))
            if status == 206:
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
            self.end_headers()
            if registry.pause is not None:
                self.wfile.write(part[:1000])
                registry.pause.wait(30)
                part = part[1000:]
            if registry.break_after:
                part = part[: registry.break_after.pop(0)]
                self.close_connection = True
            self.wfile.write(part)
            registry.sent += len(part)

        def _index(self, name: str) -> None:
            files = [path for path in registry.files if path.startswith(f"files/{name}/")]
            if registry.html:
                kind = "text/html"
                page = "".join(f'<a href="../../{path}#sha256=0">{path}</a>' for path in files)
            else:
                kind = "application/vnd.pypi.simple.v1+json"
                rows = [{"filename": path.rpartition("/")[2], "url": f"../../{path}"} for path in files]
                page = json.dumps({"files": rows})
            self.send_response(200 if files else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name in the base class)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    registry.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield registry
    finally:
        if registry.pause is not None:
            registry.pause.set()
        server.shutdown()
        server.server_close()
        thread.join()


def tar(files: Mapping[str, bytes | tarfile.TarInfo], compression: str = "gz") -> bytes:
    """A source archive; a value that is a TarInfo is put in as it is (a link)."""
    result = io.BytesIO()
    with tarfile.open(fileobj=result, mode=f"w:{compression}") as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return result.getvalue()


def wheel(files: Mapping[str, bytes], wrong: str = "", filler: int = 0) -> tuple[bytes, str]:
    """A wheel and the digest of its RECORD. ``wrong`` is not as recorded; ``filler`` bytes stand before all else."""
    rows = []
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("pkg/_big.so"), bytes(filler))
        for name, content in files.items():
            archive.writestr(name, content)
            digest = hashlib.sha256(b"else" if name == wrong else content).digest()
            rows.append(f"{name},sha256={urlsafe_b64encode(digest).rstrip(b'=').decode()},{len(content)}\n")
        record = "".join([*rows, "pkg-1.dist-info/RECORD,,\n"]).encode()
        archive.writestr("pkg-1.dist-info/RECORD", record)
    return result.getvalue(), hashlib.sha256(record).hexdigest()


def pinned(file: str, content: bytes, registry: str = "pypi", name: str = "pkg", record_sha256: str = "") -> Archive:
    """The row of an archive."""
    digest = hashlib.sha256(content).hexdigest()
    return Archive(registry, name, file, len(content), digest, record_sha256, pool="pool/main/p/pkg")
