"""Where a portable_tensorflow_repository has TensorFlow and its packages from: folders, archives, what it fetches."""

from __future__ import annotations

import functools
import hashlib
import http.server
import re
import shutil
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bazel.bazel import Bazel, Result
from bazel.portable import ALL, SYSTEM, disk_cache, local_tree, write_app, write_models, write_repositories
from e2e.program import Program
from native.compilers import run
from native.small_tree_builds import MLP, TREE
from opsieve.build.third_party.store import default_store

_TOP = "tensorflow-2.14.0"
# What has protobuf's sources for that release.
_PROTOBUF = "grpcio-tools-1.54.0.tar.gz"
# Nobody answers there.
_NO_REGISTRY = {
    "OPSIEVE_DEBIAN_MIRROR": "http://127.0.0.1:1",
    "PIP_CONFIG_FILE": "/dev/null",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_INDEX_URL": "http://127.0.0.1:1/simple",
}


@dataclass(frozen=True)
class Archive:
    """A .tar.gz that is served, and how it is named in a rule."""

    url: str
    sha256: str

    def __str__(self) -> str:
        return f'urls = ["{self.url}"], sha256 = "{self.sha256}"'


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def _tree(bazel: Bazel) -> Path:
    return Path(local_tree(bazel).split('"')[1])


@pytest.fixture(scope="module")
def archives(bazel: Bazel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Archive]]:
    """``tree``: small_tree, in a folder as those of a forge are; ``other``: something else."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "README.md").write_text("no tree\n")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    found = {}
    for name, source, place in (("tree", _tree(bazel), _TOP), ("other", folder / "README.md", "other/README.md")):
        path = folder / f"{name}.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            archive.add(source, place)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        found[name] = Archive(f"http://127.0.0.1:{server.server_port}/{path.name}", digest)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def _wrong(archives: dict[str, Archive], folder: Path) -> dict[str, tuple[str, str]]:
    """Repositories that cannot be: their attributes, and what is said of it."""
    tree, other = archives["tree"], archives["other"]
    zeros = "0" * 64
    shutil.copytree(TREE, folder / "release")
    version = folder / "release" / "tensorflow" / "core" / "public" / "version.h"
    version.write_text(version.read_text().replace("TF_MAJOR_VERSION 2", "TF_MAJOR_VERSION 9"))
    return {
        "nothing": ("", "give either path, or urls and sha256"),
        "unchecked": (f'urls = ["{tree.url}"]', "urls need a sha256"),
        "no_folder": ('path = "/nowhere"', "/nowhere"),
        "no_target": (f'path = "{TREE}", targets = ["amiga"]', "there is no target 'amiga'"),
        "no_packages": (
            f'path = "{TREE}", store = "/nowhere"',
            r"protobuf: 3\.21\.12 has not been fetched, .*\n  hint: .*\n  hint: in the rule: fetch = True\n",
        ),
        "no_python": (f'path = "{TREE}", python_interpreter = "no-such-python"', "there is no no-such-python"),
        "no_package": (f'path = "{TREE}", third_party = {{"protobuf": "/nowhere"}}', "no such directory"),
        "altered": (
            f'urls = ["{tree.url}"], sha256 = "{zeros}", {SYSTEM}',
            f"Checksum was {tree.sha256} but wanted {zeros}",
        ),
        "gone": (f'urls = ["{tree.url}.old"], sha256 = "{zeros}", {SYSTEM}', "GET returned 404 File not found"),
        "other_prefix": (
            f'{tree}, strip_prefix = "tensorflow-9", {SYSTEM}',
            f'Prefix "tensorflow-9" was given, but not found .* possible prefixes for this archive: "{_TOP}"',
        ),
        "no_prefix": (
            f"{tree}, {SYSTEM}",
            "what was downloaded is no TensorFlow source tree, because its top folder has no tensorflow/core; "
            f'add: strip_prefix = "{_TOP}"',
        ),
        "no_tree": (
            f'{other}, strip_prefix = "other", {SYSTEM}',
            "because other has no tensorflow/core; give urls of an archive of TensorFlow's sources",
        ),
        "no_registry": (
            f'path = "{TREE}", fetch = True, store = "store"',
            rf"{_PROTOBUF} cannot be fetched: .*\n  hint: By hand: get {_PROTOBUF} \(.*\), SHA-256 [0-9a-f]{{64}}, and "
            rf"put it at \S+/store/archives/{_PROTOBUF}",
        ),
        "no_release": (
            'path = "release", fetch = True, store = "store"',
            r"protobuf: no source is known that fits TensorFlow 9\.14\.0, .*\n  hint: --third-party protobuf=DIR .*\n"
            r'  hint: in the rule: third_party = {"NAME": "DIR"}',
        ),
    }


def test_what_is_wrong_with_a_repository_is_said(bazel: Bazel, archives: dict[str, Archive], tmp_path: Path) -> None:
    wrong = _wrong(archives, tmp_path)
    write_repositories(bazel, tmp_path, **{name: attributes for name, (attributes, _) in wrong.items()})
    (tmp_path / "BUILD").touch()
    unsaid = {}
    try:
        for name, (_, said) in wrong.items():
            done = bazel.run(tmp_path, "build", "--nobuild", f"@{name}//:runtime", environment=_NO_REGISTRY)
            assert done.status != 0, name
            if not _says(done, said):
                unsaid[name] = done.output[-1500:]
    finally:
        bazel.stop(tmp_path)
    assert unsaid == {}


def _says(done: Result, said: str) -> bool:
    """Whether the last message says it, and none is an error of Python's."""
    python = 'Traceback (most recent call last):\n  File "/'
    last = done.output[done.output.rfind("\nERROR: ") :]
    return re.search(said, last) is not None and python not in done.output


def test_an_archive_does_as_a_checkout_does(
    bazel: Bazel, archives: dict[str, Archive], portable_app: Path, tmp_path: Path
) -> None:
    attributes = local_tree(bazel).replace(f'path = "{_tree(bazel)}"', f'{archives["tree"]}, strip_prefix = "{_TOP}"')
    write_app(bazel, tmp_path, attributes)
    write_models(tmp_path, MLP)
    shutil.copy(portable_app / "main.cc", tmp_path)
    try:
        bazel.must(tmp_path, "build", ALL, disk_cache(bazel), "//:small", "//:app")
        made = tmp_path / "bazel-bin"
        assert Program(made / "small_run_model").run(MLP).returncode == 0
        assert run([made / "app", MLP]) == "10 1\n"
        bazel.must(portable_app, "build", ALL, disk_cache(bazel), "//:small")
        for name in ("libsmall.a", "libsmall.so", "small.stripped/libsmall.so"):
            assert (made / name).read_bytes() == (portable_app / "bazel-bin" / name).read_bytes(), name
    finally:
        bazel.stop(tmp_path)


def test_packages_are_fetched(bazel: Bazel, tmp_path: Path) -> None:
    """What others of this machine have fetched is brought by hand; without that it comes from the registry."""
    known = default_store() / "archives" / _PROTOBUF
    if known.is_file():
        (tmp_path / "store" / "archives").mkdir(parents=True)
        shutil.copy(known, tmp_path / "store" / "archives")
    if shutil.which("protoc") is None or "3.21.12" not in run(["protoc", "--version"]):
        pytest.skip("there is no protoc 3.21.12, and making one takes minutes")
    write_repositories(bazel, tmp_path, tf=f'path = "{TREE}", fetch = True, store = "store"')
    (tmp_path / "BUILD").touch()
    try:
        environment = _NO_REGISTRY if known.is_file() else {}
        done = bazel.run(tmp_path, "build", "@tf//linux-x86_64:proto_files", environment=environment)
        if "cannot be fetched" in done.output and not known.is_file():
            pytest.skip("protobuf's sources are not here and cannot be fetched")
        assert done.status == 0, done.output[-3000:]
        sources = bazel.must(tmp_path, "query", 'kind("source file", deps(@tf//linux-x86_64:protobuf, 1))').output
        assert "@tf//:third_party/protobuf/google/protobuf/message_lite.cc" in sources.replace("/src/", "/")
        assert any((tmp_path / "store").glob("protobuf-3.21.12-*"))
    finally:
        bazel.stop(tmp_path)
