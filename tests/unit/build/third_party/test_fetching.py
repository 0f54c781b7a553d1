"""Packages are fetched whole, checked, once, and from anywhere that pip or apt look."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from local_registry import Registry, pinned, tar, wheel

from opsieve.build.third_party import catalog, http, protoc
from opsieve.build.third_party.catalog import Compiled, Made, Package, Prebuilt
from opsieve.build.third_party.download import archive_path
from opsieve.build.third_party.fetch import fetch
from opsieve.build.third_party.system import host_target
from opsieve.errors import OpsieveError

Rows = Callable[..., Package]

FILES = {
    "pkg-1.0/pkg/pkg.h": b"// header\n" * 5000,
    "pkg-1.0/pkg/a.cc": b"int a;\n",
    "pkg-1.0/pkg/README": b"not wanted",
}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


WANTED = {name.removeprefix("pkg-1.0/"): content for name, content in FILES.items() if not name.endswith("README")}


@pytest.mark.parametrize("html", [False, True])
def test_only_what_is_wanted_of_a_source_archive_is_unpacked(
    registry: Registry, rows: Rows, store: Path, html: bool
) -> None:
    registry.html = html
    content = tar(FILES)
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    rows(pinned("pkg-1.0.tar.gz", content))
    (folder,) = fetch(["pkg"], "2.14.0", store)
    assert contents(folder) == WANTED
    asked = len(registry.asked)
    assert fetch(["pkg"], "2.14.0", store) == (folder,)
    assert len(registry.asked) == asked, "what is there is not asked for again"


def test_debian_archives_come_from_its_pool(registry: Registry, rows: Rows, store: Path) -> None:
    content = tar(FILES, "xz")
    registry.add("pool/main/p/pkg/pkg_1.0.orig.tar.xz", content)
    rows(pinned("pkg_1.0.orig.tar.xz", content, "debian"))
    assert contents(fetch(["pkg"], "2.14.0", store)[0]) == WANTED


def test_files_are_renamed_and_made_of_others(registry: Registry, rows: Rows, store: Path) -> None:
    content = tar({**FILES, "pkg-1.0/pkg/b.c": b"b", "pkg-1.0/conf.h.in": b"#cmakedefine X\n@V@\n"})
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    made = Made("conf.h", "conf.h.in", (("#cmakedefine", "#define"), ("@V@", "7")))
    row = rows(
        pinned("pkg-1.0.tar.gz", content),
        unpack=("**/*.h", "**/*.c", "*.in"),
        rename=((r"^pkg/(.*)\.c$", r"pkg/\1.cc"),),
        make=(made,),
    )
    found = contents(fetch([row.name], "2.14.0", store)[0])
    assert found["conf.h"] == b"#define X\n7\n"
    assert found["pkg/b.cc"] == b"b"
    assert "pkg/b.c" not in found


def test_a_file_with_another_digest_is_refused_and_not_kept(registry: Registry, rows: Rows, store: Path) -> None:
    content = tar(FILES)
    archive = pinned("pkg-1.0.tar.gz", content)
    registry.add("files/pkg/pkg-1.0.tar.gz", content[:-1] + b"x")
    rows(archive)
    with pytest.raises(OpsieveError, match="not the pinned file") as error:
        fetch(["pkg"], "2.14.0", store)
    assert archive.sha256 in str(error.value)
    assert str(archive_path(archive, store)) in (error.value.hint or ""), "says where to put one brought by hand"
    assert [path for path in store.rglob("*") if path.is_file() and path.stat().st_size] == []


def test_a_server_that_sends_more_is_refused_early(registry: Registry, rows: Rows, store: Path) -> None:
    content = tar(FILES)
    registry.add("files/pkg/pkg-1.0.tar.gz", content + bytes(50_000_000))
    rows(pinned("pkg-1.0.tar.gz", content))
    with pytest.raises(OpsieveError, match="more than"):
        fetch(["pkg"], "2.14.0", store)


def test_what_broke_off_goes_on_where_it_was(registry: Registry, rows: Rows, store: Path) -> None:
    content = tar({**FILES, "pkg-1.0/pkg/big.h": os.urandom(300_000)})
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    registry.break_after = [100_000, 50_000]
    rows(pinned("pkg-1.0.tar.gz", content))
    fetch(["pkg"], "2.14.0", store)
    assert [asked for path, asked in registry.asked if path.endswith(".gz")] == ["", "bytes=100000-", "bytes=150000-"]


def test_a_server_that_gives_no_parts_is_asked_for_all_again(registry: Registry, rows: Rows, store: Path) -> None:
    content = tar({**FILES, "pkg-1.0/pkg/big.h": os.urandom(300_000)})
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    registry.parts = False
    registry.break_after = [100_000]
    row = rows(pinned("pkg-1.0.tar.gz", content))
    assert (fetch([row.name], "2.14.0", store)[0] / "pkg/big.h").stat().st_size == 300_000


def test_one_that_always_breaks_off_is_given_up(registry: Registry, rows: Rows, store: Path) -> None:
    content = tar({**FILES, "pkg-1.0/pkg/big.h": os.urandom(300_000)})
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    registry.break_after = [10] * 50
    rows(pinned("pkg-1.0.tar.gz", content))
    with pytest.raises(OpsieveError, match="broke off after 40 of"):
        fetch(["pkg"], "2.14.0", store)


def test_without_a_network_it_says_what_to_bring_and_where(
    registry: Registry, rows: Rows, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = tar(FILES)
    archive = pinned("pkg-1.0.tar.gz", content)
    row = rows(archive)
    monkeypatch.setenv("PIP_INDEX_URL", "http://user:secret@127.0.0.1:9/simple")
    with pytest.raises(OpsieveError, match="cannot be reached") as error:
        fetch(["pkg"], "2.14.0", store)
    assert "secret" not in str(error.value)
    place = archive_path(archive, store)
    assert str(place) in str(error.value)
    place.write_bytes(content)
    assert contents(fetch([row.name], "2.14.0", store)[0]) == WANTED


def test_an_archive_brought_by_hand_is_checked_and_left(registry: Registry, rows: Rows, store: Path) -> None:
    archive = pinned("pkg-1.0.tar.gz", tar(FILES))
    rows(archive)
    place = archive_path(archive, store)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"something else")
    with pytest.raises(OpsieveError, match="not the pinned file"):
        fetch(["pkg"], "2.14.0", store)
    assert place.read_bytes() == b"something else"


def test_a_password_goes_to_the_index_alone(
    registry: Registry, rows: Rows, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_headers = []
    plain_open = http._opener().open

    def recorded(request: object, timeout: float) -> object:
        request_headers.append(request.get_header("Authorization"))  # type: ignore[attr-defined]
        return plain_open(request, timeout=timeout)  # type: ignore[arg-type]

    monkeypatch.setattr(http._opener(), "open", recorded)
    monkeypatch.setenv("PIP_INDEX_URL", registry.url.replace("http://", "http://me:pw@") + "/simple")
    content = tar(FILES)
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    rows(pinned("pkg-1.0.tar.gz", content))
    fetch(["pkg"], "2.14.0", store)
    assert request_headers == ["Basic bWU6cHc="] * 2
    assert all("pw" not in path for path, _ in registry.asked)


@pytest.mark.parametrize(
    "name", ["pkg-1.0/../../evil.h", "/etc/evil.h", "pkg-1.0/a/../../../evil.h", "pkg-1.0\\..\\evil.h", "C:/evil.h"]
)
def test_paths_that_lead_outside_are_refused(registry: Registry, rows: Rows, store: Path, name: str) -> None:
    content = tar({**FILES, name: b"evil"})
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    rows(pinned("pkg-1.0.tar.gz", content))
    with pytest.raises(OpsieveError, match="leads outside"):
        fetch(["pkg"], "2.14.0", store)
    assert not list(store.parent.rglob("*evil*"))
    assert not list(store.glob("pkg-*"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(registry: Registry, rows: Rows, store: Path, kind: bytes) -> None:
    link = tarfile.TarInfo("pkg-1.0/pkg/link.h")
    link.type, link.linkname = kind, "/etc/passwd"
    content = tar({**FILES, "pkg-1.0/pkg/link.h": link})
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    rows(pinned("pkg-1.0.tar.gz", content))
    with pytest.raises(OpsieveError, match="a link or a device"):
        fetch(["pkg"], "2.14.0", store)


def test_a_bomb_is_refused(registry: Registry, rows: Rows, store: Path) -> None:
    content = tar({**FILES, "pkg-1.0/pkg/bomb.h": bytes(40 << 20)})
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    rows(pinned("pkg-1.0.tar.gz", content))
    with pytest.raises(OpsieveError, match="larger than any package"):
        fetch(["pkg"], "2.14.0", store)


@pytest.mark.parametrize("cut", [0, 1, 100, 1000])
def test_damaged_archives_are_refused(registry: Registry, rows: Rows, store: Path, cut: int) -> None:
    content = tar({**FILES, "pkg-1.0/pkg/big.h": os.urandom(3000)})[:cut]
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    rows(pinned("pkg-1.0.tar.gz", content))
    with pytest.raises(OpsieveError):
        fetch(["pkg"], "2.14.0", store)
    assert not list(store.glob("pkg-*"))


def test_a_package_without_the_header_it_is_known_by_is_refused(registry: Registry, rows: Rows, store: Path) -> None:
    content = tar({"pkg-1.0/pkg/a.cc": b""})
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    rows(pinned("pkg-1.0.tar.gz", content))
    with pytest.raises(OpsieveError, match=r"pkg/pkg\.h is not in"):
        fetch(["pkg"], "2.14.0", store)
    assert not list(store.glob("pkg-*"))


WHEEL = {"pkg/include/pkg/pkg.h": b"// header\n" * 3000, "pkg/include/pkg/other.h": b"other", "pkg/x.py": b""}
IN_WHEEL = {"pkg/pkg.h": WHEEL["pkg/include/pkg/pkg.h"], "pkg/other.h": b"other"}


@pytest.mark.parametrize("parts", [True, False])
def test_of_a_large_wheel_only_the_wanted_parts_are_read(
    registry: Registry, rows: Rows, store: Path, parts: bool
) -> None:
    content, record = wheel(WHEEL, filler=20 << 20)
    registry.parts = parts
    registry.add("files/pkg/pkg-1-py3-none-any.whl", content)
    row = rows(pinned("pkg-1-py3-none-any.whl", content, record_sha256=record), subfolder="pkg/include")
    assert contents(fetch([row.name], "2.14.0", store)[0]) == IN_WHEEL
    if parts:
        assert registry.sent < 4 << 20
    else:
        assert registry.sent >= 20 << 20


@pytest.mark.parametrize("parts", [True, False])
def test_a_file_of_a_wheel_that_is_not_as_recorded_is_refused(
    registry: Registry, rows: Rows, store: Path, parts: bool
) -> None:
    content, record = wheel(WHEEL, wrong="pkg/include/pkg/other.h")
    registry.parts = parts
    registry.add("files/pkg/pkg-1-py3-none-any.whl", content)
    rows(pinned("pkg-1-py3-none-any.whl", content, record_sha256=record), subfolder="pkg/include")
    with pytest.raises(OpsieveError, match="not as its RECORD says"):
        fetch(["pkg"], "2.14.0", store)
    assert not list(store.glob("pkg-*"))


def test_a_wheel_with_another_record_is_refused(registry: Registry, rows: Rows, store: Path) -> None:
    content, record = wheel(WHEEL)
    other, _ = wheel({**WHEEL, "pkg/include/pkg/other.h": b"OTHER"})
    assert len(other) == len(content)
    registry.add("files/pkg/pkg-1-py3-none-any.whl", other)
    rows(pinned("pkg-1-py3-none-any.whl", content, record_sha256=record), subfolder="pkg/include")
    with pytest.raises(OpsieveError, match="SHA-256 of its RECORD"):
        fetch(["pkg"], "2.14.0", store)


def test_several_packages_of_one_wheel_read_its_list_once(registry: Registry, rows: Rows, store: Path) -> None:
    content, record = wheel(WHEEL, filler=20 << 20)
    registry.add("files/pkg/pkg-1-py3-none-any.whl", content)
    archive = pinned("pkg-1-py3-none-any.whl", content, record_sha256=record)
    first = rows(archive, subfolder="pkg/include")
    second = rows(dataclasses.replace(archive), "other", subfolder="pkg/include", markers=("pkg/other.h",))
    fetch([first.name, second.name], "2.14.0", store)
    assert registry.sent < 4 << 20


def _fetch_here(store: Path, results: object) -> None:
    results.put(fetch(["pkg"], "2.14.0", store))  # type: ignore[attr-defined]


@pytest.mark.skipif(sys.platform != "linux", reason="needs processes that inherit the test's catalogue")
def test_two_at_once_fetch_it_once(registry: Registry, rows: Rows, store: Path) -> None:
    content = tar({**FILES, "pkg-1.0/pkg/big.h": os.urandom(100_000)})
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    registry.pause = threading.Event()
    rows(pinned("pkg-1.0.tar.gz", content))
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    processes = [context.Process(target=_fetch_here, args=(store, results), daemon=True) for _ in range(2)]
    for process in processes:
        process.start()
    deadline = time.monotonic() + 20
    while not any(path.endswith(".gz") for path, _ in registry.asked) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    registry.pause.set()
    folders = {results.get(timeout=20)[0] for _ in processes}
    for process in processes:
        process.join(20)
        assert process.exitcode == 0
    assert len(folders) == 1
    assert len([path for path, _ in registry.asked if path.endswith(".gz")]) == 1
    assert contents(folders.pop())["pkg/a.cc"] == b"int a;\n"


def _interrupted(store: Path) -> None:
    # pytest's own handler would report the interrupt as the test run's.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        fetch(["pkg"], "2.14.0", store)
    except KeyboardInterrupt:
        os._exit(130)
    os._exit(0)


@pytest.mark.skipif(sys.platform != "linux", reason="needs processes that inherit the test's catalogue")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_after_an_interruption_it_goes_on(registry: Registry, rows: Rows, store: Path, number: signal.Signals) -> None:
    content = tar({**FILES, "pkg-1.0/pkg/big.h": os.urandom(900_000)})
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    registry.pause = threading.Event()
    rows(pinned("pkg-1.0.tar.gz", content))
    process = multiprocessing.get_context("fork").Process(target=_interrupted, args=(store,), daemon=True)
    process.start()
    deadline = time.monotonic() + 20
    while not any(path.endswith(".gz") for path, _ in registry.asked) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    assert process.pid
    os.kill(process.pid, number)
    process.join(20)
    assert process.exitcode == (130 if number == signal.SIGINT else -signal.SIGKILL)
    assert not list(store.glob("pkg-*"))
    registry.pause.set()
    registry.pause = None
    assert contents(fetch(["pkg"], "2.14.0", store)[0])["pkg/a.cc"] == b"int a;\n"


def test_a_store_that_cannot_be_written_is_told(registry: Registry, rows: Rows, tmp_path: Path) -> None:
    content = tar(FILES)
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    rows(pinned("pkg-1.0.tar.gz", content))
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(OpsieveError, match="cannot be written"):
        fetch(["pkg"], "2.14.0", blocked / "store")


def test_a_package_no_registry_has_must_be_given(registry: Registry, rows: Rows, store: Path) -> None:
    rows(None)
    with pytest.raises(OpsieveError, match="no source is known") as error:
        fetch(["pkg"], "2.14.0", store)
    assert "--third-party pkg=DIR" in (error.value.hint or "")
    with pytest.raises(OpsieveError, match="no third-party package is called 'nothing'"):
        fetch(["nothing"], "2.14.0", store)


def test_the_smallest_real_package_is_fetched_and_compiles(tmp_path: Path) -> None:
    try:
        (folder,) = fetch(["farmhash"], "2.14.0", tmp_path)
    except OpsieveError as error:
        if "not the pinned file" in str(error):
            raise
        pytest.skip(f"no network to fetch FarmHash through: {error.message}")
    source = tmp_path / "main.cc"
    source.write_text(
        '#include <cstdio>\n#include "farmhash.h"\n'
        'int main() { std::printf("%llu", (unsigned long long)util::Fingerprint64("Hello, World!", 13)); }\n'
    )
    command = ["c++", "-w", f"-I{folder}", str(source), str(folder / "farmhash.cc"), "-o", str(tmp_path / "main")]
    subprocess.run(command, check=True)
    # What tf.fingerprint(["Hello, World!"]) of TensorFlow 2.14.0 gives, as a little-endian number.
    assert subprocess.run([tmp_path / "main"], capture_output=True, check=True).stdout == b"11358326526432651330"


EIGEN_STAND_IN = """
#pragma once
#include <functional>
#include <thread>
#include <vector>
namespace Eigen {
struct ThreadPoolInterface {
  virtual ~ThreadPoolInterface() = default;
  virtual void Schedule(std::function<void()> work) = 0;
  virtual int NumThreads() const = 0;
  virtual int CurrentThreadId() const = 0;
};
}
"""
# The definition of the transform, summed up; of as much as DUCC takes threads for.
FOURIER = """
#include <atomic>
#include <cmath>
#include <cstdio>
#include "ducc/google/fft.h"
using Complex = std::complex<double>;
struct Threads : Eigen::ThreadPoolInterface {
  std::vector<std::thread> all;
  ~Threads() { for (auto& each : all) each.join(); }
  void Schedule(std::function<void()> work) override { all.emplace_back(std::move(work)); }
  int NumThreads() const override { return 3; }
  int CurrentThreadId() const override { return -1; }
};
double worst = 0;
void check(Complex is, Complex should) { worst = std::max(worst, std::abs(is - should)); }
void transform(Eigen::ThreadPoolInterface* pool) {
  const std::size_t rows = 2500, n = 30, half = n / 2 + 1;
  std::vector<double> in(rows * n), back(rows * n);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = std::sin(0.37 * i * i) + i % 7;
  std::vector<Complex> given(in.begin(), in.end()), full(rows * n), out(rows * half);
  const ducc0::google::Stride whole = {long(n), 1}, part = {long(half), 1};
  ducc0::google::c2c(given.data(), {rows, n}, whole, full.data(), {rows, n}, whole, {1}, true, 1.0, pool);
  ducc0::google::r2c(in.data(), {rows, n}, whole, out.data(), {rows, half}, part, {1}, true, 1.0, pool);
  ducc0::google::c2r(out.data(), {rows, half}, part, back.data(), {rows, n}, whole, {1}, false, 1.0 / n, pool);
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t k = 0; k < n; ++k) {
      Complex sum = 0;
      for (std::size_t j = 0; j < n; ++j) sum += in[row * n + j] * std::polar(1.0, -2 * M_PI * double(j * k) / n);
      check(full[row * n + k], sum);
      if (k < half) check(out[row * half + k], sum);
      check(back[row * n + k], in[row * n + k]);
    }
}
int main() {
  transform(nullptr);
  { Threads pool; transform(&pool); std::printf("%zu threads, ", pool.all.size()); }
  std::printf("%s", worst < 1e-10 ? "right" : "wrong");
}
"""


def test_ducc_is_fetched_and_transforms_with_threads_and_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = catalog.find("ducc", "2.21.0")
    assert row is not None
    # Eigen is far larger.
    monkeypatch.setattr(catalog, "load_catalog", lambda: (dataclasses.replace(row, needs=()),))
    try:
        (folder,) = fetch(["ducc"], "2.21.0", tmp_path)
    except OpsieveError as error:
        if "not the pinned file" in str(error):
            raise
        pytest.skip(f"no network to fetch DUCC through: {error.message}")
    (tmp_path / "unsupported/Eigen/CXX11").mkdir(parents=True)
    (tmp_path / "unsupported/Eigen/CXX11/ThreadPool").write_text(EIGEN_STAND_IN)
    (tmp_path / "main.cc").write_text(FOURIER)
    includes = [f"-I{folder / each}" for each in (*row.includes, *row.compiled.private_includes)]
    defines = [f"-D{define}" for define in row.compiled.defines]
    sources = [str(folder / each) for each in row.compiled.sources]
    program = str(tmp_path / "main")
    # Twice as fast as with optimisation.
    command = ["c++", "-std=c++17", "-O0", "-w", "-pthread", f"-I{tmp_path}", *includes, *defines, *row.compiled.flags]
    subprocess.run([*command, str(tmp_path / "main.cc"), *sources, "-o", program], check=True)
    assert subprocess.run([program], capture_output=True, check=True, timeout=60).stdout == b"6 threads, right"


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for protoc is a shell script")
@pytest.mark.parametrize("answer", ["libprotoc 1.0", "libprotoc 2.0"])
def test_a_tool_from_a_registry_must_run_and_be_the_version(
    registry: Registry, rows: Rows, store: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    protoc.tool_version.cache_clear()
    monkeypatch.setattr(protoc.shutil, "which", lambda name: None)
    script = f"#!/bin/sh\necho '{answer}'\n".encode()
    program, record = wheel({"pkg-1.data/scripts/protoc": script})
    registry.add("files/pkg/protoc-1-py3-none-any.whl", program)
    content = tar(FILES)
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    binary = Prebuilt(pinned("protoc-1-py3-none-any.whl", program, record_sha256=record), "pkg-1.data/scripts/protoc")
    row = rows(
        pinned("pkg-1.0.tar.gz", content),
        tools={"protoc": Compiled(own="protoc_main.cc")},
        prebuilt={("protoc", host_target()): binary},
    )
    if answer.endswith("1.0"):
        fetch([row.name], "2.14.0", store)
        found = protoc.tool_in_store(row, "protoc", store)
        assert found is not None
        assert found.read_bytes() == script
    else:
        with pytest.raises(OpsieveError, match=r"no C\+\+ compiler for this machine"):
            fetch([row.name], "2.14.0", store)
        assert protoc.tool_in_store(row, "protoc", store) is None
    assert not list(store.glob(".protoc.*")) or all(path.suffix == ".lock" for path in store.glob(".protoc*"))
