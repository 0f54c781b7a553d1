"""Caches of selective_library, whose sources are folders: a second machine compiles nothing, nor do two at once."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bazel.bazel import Bazel, Result
from bazel.portable import ALL, disk_cache
from e2e.program import Program
from native.small_tree_builds import MLP

_PORT = 18744
# The layout of Bazel's disk cache, so that what is there already does not have to be compiled for this.
_NGINX = """daemon off; pid {folder}/pid; error_log stderr; user root;
events {{}}
http {{
  access_log off; client_max_body_size 0; client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port};
    location ~ "^/(?<kind>ac|cas)/(?<start>..)(?<rest>.*)$" {{
      root {cache}; dav_methods PUT; create_full_put_path on;
      rewrite ^ /$kind/$start/$start$rest break;
    }}
  }}
}}
"""


@pytest.fixture
def bases(bazel: Bazel, portable_app: Path) -> Iterator[list[Path]]:
    """Output bases, as many machines have."""
    made = [bazel.folder / f"portable{number}" for number in range(4)]
    yield made
    for base in made:
        if base.exists():
            bazel.stop(portable_app, base)


def _build(bazel: Bazel, app: Path, base: Path, cache: str) -> Result:
    return bazel.must(app, "build", ALL, cache, "--symlink_prefix=/", "//:small", output_base=base)


def _hits(result: Result) -> int:
    """How many actions a cache had; all but those of Bazel itself have to be among them."""
    kinds = {kind: count for kind, count in result.processes.items() if kind != "internal"}
    assert set(kinds) <= {"remote cache hit", "disk cache hit"}, result.output[-2000:]
    return sum(kinds.values())


def test_two_machines_at_once_take_all_from_the_disk_cache(bazel: Bazel, portable_app: Path, bases: list[Path]) -> None:
    bazel.must(portable_app, "build", ALL, disk_cache(bazel), "//:small")
    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(lambda base: _build(bazel, portable_app, base, disk_cache(bazel)), bases[:2]))
    ours = portable_app / "bazel-bin"
    for base, result in zip(bases, results, strict=False):
        # Objects of the runtime and of the selection, and what is linked of them.
        assert _hits(result) > 60
        (theirs,) = (base / "execroot" / "__main__" / "bazel-out").glob("*/bin/libsmall.so")
        for name in ("libsmall.a", "libsmall.so", "small_run_model", "small.stripped/libsmall.so"):
            assert (theirs.parent / name).read_bytes() == (ours / name).read_bytes(), name
        assert Program(theirs.parent / "small_run_model").run(MLP).returncode == 0


def test_a_second_machine_takes_all_from_an_http_cache(
    bazel: Bazel, portable_app: Path, bases: list[Path], tmp_path: Path
) -> None:
    if shutil.which("nginx") is None:
        pytest.skip("nginx, which serves the HTTP cache, is not installed")
    bazel.must(portable_app, "build", ALL, disk_cache(bazel), "//:small")
    configuration = tmp_path / "nginx.conf"
    cache = disk_cache(bazel).partition("=")[2]
    configuration.write_text(_NGINX.format(folder=tmp_path, port=_PORT, cache=cache))
    server = subprocess.Popen(["nginx", "-p", str(tmp_path), "-c", str(configuration)], stderr=subprocess.DEVNULL)
    remote = f"--remote_cache=http://127.0.0.1:{_PORT}"
    more = portable_app / "models" / "more.json"
    try:
        # Of which nobody has the kernel.
        more.write_text('[["Neg", ""]]\n')
        first, second = (_build(bazel, portable_app, base, remote) for base in bases[2:])
    finally:
        more.unlink()
        server.terminate()
        server.wait()
    # The first has the runtime from there, and compiles what nobody had: of it the second compiles nothing.
    assert first.processes["local"] >= 2
    assert first.processes["remote cache hit"] > 40
    done = {kind: count for kind, count in first.processes.items() if kind != "internal"}
    assert _hits(second) == sum(done.values())
