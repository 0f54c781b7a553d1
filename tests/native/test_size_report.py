"""Who owns the bytes of libraries that are compiled and linked here, compared with what binutils say of them."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from native.compilers import require, run
from native.sized_library import SizedLibrary, selection, sized_library
from native.small_tree_builds import CNN, MLP, Built, workshop
from opsieve.binary.opened import open_file
from opsieve.cli.building import default_target
from opsieve.errors import OpsieveError
from opsieve.size.archive_index import several_definitions
from opsieve.size.attribute import attribute
from opsieve.size.attribution import FORMAT, KERNEL, OP, PACKAGE, PROTOS, RUNTIME, UNATTRIBUTED, Attribution, Part
from opsieve.size.maps import read_link_map
from opsieve.size.reading import read_layout

_FLOAT = "Mat/MatOp<CPUDevice, float>"
_DOUBLE = "Mat/MatOp<CPUDevice, double>"
_MAT = "tensorflow/core/kernels/mat_op.cc"
_LEAST_NAMED = 0.95


@pytest.fixture(scope="module", params=["bfd", "gold", "lld", "aarch64"])
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SizedLibrary:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "aarch64":
        return sized_library(folder, "bfd", compiler="aarch64-linux-gnu-g++")
    return sized_library(folder, request.param)


@pytest.fixture(scope="module")
def lld_library(tmp_path_factory: pytest.TempPathFactory) -> SizedLibrary:
    return sized_library(tmp_path_factory.mktemp("one"), "lld")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return workshop(default_target(), tmp_path_factory.mktemp("small")).library(MLP, CNN)


def _attributed(
    path: Path, link_map: Path | None = None, *, debug: Path | None = None, told: bool = True
) -> Attribution:
    layout = read_layout(path, debug)
    read = read_link_map(link_map) if link_map is not None else None
    found = attribute(layout, read, selection() if told else None, content=open_file(path))
    _covers(found, path)
    return found


def _covers(found: Attribution, path: Path) -> None:
    """Each byte once, in order."""
    place = 0
    for part in found.parts:
        assert part.offset == place, part
        place += part.file_size
    assert place == found.file_size == path.stat().st_size
    assert sum(part.loaded_size for part in found.parts) == found.loaded_size


def _stripped(library: SizedLibrary, *flags: str) -> Path:
    path = library.folder / f"stripped{''.join(flags)}.so"
    run(["llvm-strip-19" if "aarch64" in str(library.folder) else "strip", *flags, library.path, "-o", path])
    return path


def _bytes(found: Attribution, *, kind: str = "", name: str = "", section: str = "") -> int:
    return sum(
        part.file_size
        for part in found.parts
        if found.owners[part.owner].kind == (kind or found.owners[part.owner].kind)
        and found.owners[part.owner].name == (name or found.owners[part.owner].name)
        and part.section == (section or part.section)
    )


def _section_sizes(path: Path) -> dict[str, int]:
    """What `size -A` says."""
    rows = [line.split() for line in run(["size", "-A", path]).splitlines()]
    return {row[0]: int(row[1]) for row in rows if len(row) == 3 and row[1].isdigit()}


def _symbol_sizes(path: Path) -> dict[str, set[int]]:
    """What `nm -S` says, under the names of the sources."""
    sizes: dict[str, set[int]] = {}
    for line in run(["nm", "-S", "-C", "--defined-only", path]).splitlines():
        found = re.match(r"[0-9a-f]+ ([0-9a-f]+) \w (.*)", line)
        if found:
            sizes.setdefault(found[2], set()).add(int(found[1], 16))
    return sizes


def _by_symbol(found: Attribution) -> dict[str, list[Part]]:
    parts: dict[str, list[Part]] = {}
    for part in found.parts:
        if part.symbol:
            parts.setdefault(part.symbol, []).append(part)
    return parts


@pytest.mark.parametrize("evidence", ["map", "symbols", "stripped", "stripped with a map", "debug file"])
def test_sections_have_the_sizes_that_size_says(library: SizedLibrary, evidence: str) -> None:
    path = library.path if evidence in ("map", "symbols") else _stripped(library)
    link_map = library.link_map if "map" in evidence else None
    found = _attributed(path, link_map, debug=library.path if evidence == "debug file" else None)
    loaded: Counter[str] = Counter()
    for part in found.parts:
        loaded[part.section] += max(part.loaded_size, part.file_size)
    expected = _section_sizes(path)
    assert len(expected) > 15
    assert {name: loaded[name] for name in expected} == expected


@pytest.mark.parametrize("with_map", [True, False])
def test_symbols_have_the_sizes_that_nm_says(library: SizedLibrary, with_map: bool) -> None:
    found = _by_symbol(_attributed(library.path, library.link_map if with_map else None))
    compared = 0
    for name, sizes in _symbol_sizes(library.path).items():
        # Constructors and destructors have several symbols of one name in the sources.
        if name.startswith("tensorflow::MatOp") and len(sizes) == 1:
            assert {sum(part.loaded_size for part in found[name])} == sizes, name
            compared += 1
    assert compared >= 2


def test_a_map_gives_each_object_what_it_brought(library: SizedLibrary) -> None:
    found = _attributed(library.path, library.link_map)
    for source, path in library.objects.items():
        expected = sum(size for name, size in _section_sizes(path).items() if name.startswith(".text"))
        brought = sum(
            part.file_size for part in found.parts if part.section == ".text" and part.source.endswith(source)
        )
        # Templates that two objects have are linked once.
        assert brought == pytest.approx(expected, rel=0.001, abs=3), source


def test_the_kernels_of_one_source_are_told_apart(library: SizedLibrary) -> None:
    for link_map in (library.link_map, None):
        found = _attributed(library.path, link_map)
        owners = {owner.name: owner for owner in found.owners}
        assert owners[_FLOAT].kind == KERNEL
        assert owners[_FLOAT].ops == ("Mat",)
        assert owners[_FLOAT].classes == ("MatOp<CPUDevice, float>",)
        assert owners[_FLOAT].dtypes == ("DT_FLOAT",)
        assert owners[_FLOAT].models == ("a.pb",)
        assert owners[_DOUBLE].models == ("b.pb",)
        parts = _by_symbol(found)
        for part in parts["tensorflow::MatOp<Eigen::ThreadPoolDevice, float>::Compute(void const*, int)"]:
            assert found.owners[part.owner].name == _FLOAT
        for part in parts["vtable for tensorflow::MatOp<Eigen::ThreadPoolDevice, double>"]:
            assert found.owners[part.owner].name == _DOUBLE


def test_templates_belong_to_the_kernel_that_computes_with_them(library: SizedLibrary) -> None:
    found = _attributed(library.path, library.link_map)
    for part in _by_symbol(found)["Eigen::Product<float>::of(float const*, float const*, int)"]:
        assert found.owners[part.owner].name == _FLOAT
        assert part.source == _MAT
    # What both need: the registration.
    shared = next(owner for owner in found.owners if owner.name == _MAT)
    assert shared.ops == ("Mat",)
    assert shared.dtypes == ("DT_DOUBLE", "DT_FLOAT")
    assert shared.models == ("a.pb", "b.pb")


def test_every_kind_of_source_is_known(library: SizedLibrary) -> None:
    with_map = _attributed(library.path, library.link_map)
    by_source = {part.source: with_map.owners[part.owner] for part in with_map.parts if part.source}
    expected = {
        "tensorflow/core/kernels/identity_op.cc": (KERNEL, "Identity/IdentityOp"),
        "tensorflow/core/ops/mat_ops.cc": (OP, "tensorflow/core/ops/mat_ops.cc"),
        "tensorflow/core/framework/op_kernel.cc": (RUNTIME, "tensorflow/core/framework/op_kernel.cc"),
        "tensorflow/core/example/example.pb.cc": (PROTOS, "tensorflow/core/example/example.pb.cc"),
        "absl/strings/cat.cc": (PACKAGE, "abseil"),
    }
    assert {name: (by_source[name].kind, by_source[name].name) for name in expected} == expected
    named = _by_symbol(_attributed(library.path))
    by_symbols = _attributed(library.path)
    kinds = {name: by_symbols.owners[parts[0].owner].kind for name, parts in named.items()}
    assert kinds["absl::Cat(char const*, char const*)"] == PACKAGE
    assert kinds["tensorflow::Example::MergeFrom(tensorflow::Example const&)"] == PROTOS
    assert kinds["tensorflow::Register(tensorflow::OpKernel*)"] == RUNTIME
    assert kinds["tensorflow::IdentityOp::Compute(void const*, int)"] == KERNEL


@pytest.mark.parametrize("with_map", [True, False])
def test_next_to_nothing_is_nobodys(library: SizedLibrary, with_map: bool) -> None:
    found = _attributed(library.path, library.link_map if with_map else None)
    assert _bytes(found, kind=UNATTRIBUTED) <= (1 - _LEAST_NAMED) * found.file_size


def test_without_symbols_and_map_it_is_said_that_nothing_is_known(lld_library: SizedLibrary) -> None:
    found = _attributed(_stripped(lld_library))
    assert _bytes(found, kind=KERNEL) < _bytes(_attributed(lld_library.path), kind=KERNEL)
    assert _bytes(found, kind=UNATTRIBUTED) > 0
    assert "symbols" not in found.evidence


def test_a_stripped_copy_is_attributed_by_the_map_as_the_whole_is(library: SizedLibrary) -> None:
    whole = _attributed(library.path, library.link_map)
    stripped = _attributed(_stripped(library), library.link_map)
    for name in (_FLOAT, _DOUBLE, "abseil", "Identity/IdentityOp"):
        assert _bytes(stripped, name=name) == pytest.approx(_bytes(whole, name=name), rel=0.02), name
    assert _bytes(stripped, kind=RUNTIME) == _bytes(whole, kind=RUNTIME)


def test_relocations_belong_to_what_they_are_for(library: SizedLibrary) -> None:
    found = _attributed(library.path, library.link_map)
    place = next(part for part in found.parts if part.symbol == f"vtable for {_class('float')}")
    rows = run(["readelf", "-rW", library.path])
    addresses = [int(line.split()[0], 16) for line in rows.splitlines() if re.match(r"[0-9a-f]{12}", line)]
    headers = run(["readelf", "-SW", library.path])
    at = re.search(rf"{re.escape(place.section)}\s+PROGBITS\s+([0-9a-f]+) ([0-9a-f]+)", headers)
    assert at is not None
    start = place.offset - int(at[2], 16) + int(at[1], 16)
    expected = 24 * sum(start <= address < start + place.loaded_size for address in addresses)
    assert expected >= 24 * 4
    of_float = _bytes(found, name=_FLOAT, section=".rela.dyn")
    others = [p for p in found.parts if p.section == place.section and found.owners[p.owner].name == _FLOAT]
    if {part.symbol for part in others} == {place.symbol}:
        assert of_float == expected
    assert of_float >= expected


def test_exception_tables_belong_to_the_code_that_they_describe(library: SizedLibrary) -> None:
    frames = run(["readelf", "--debug-dump=frames", library.path])
    found = _attributed(library.path)
    sizes = {}
    for line in frames.splitlines():
        if row := re.match(r"[0-9a-f]+ ([0-9a-f]+) [0-9a-f]+ FDE cie=\S+ pc=([0-9a-f]+)\.\.", line):
            # The length is told without the four bytes that tell it.
            sizes[int(row[2], 16)] = int(row[1], 16) + 4
    addresses = {
        int(line.split()[0], 16): line.split(None, 2)[2]
        for line in run(["nm", "-C", "--defined-only", library.path]).splitlines()
    }
    of_absl = sum(size for address, size in sizes.items() if addresses.get(address, "").startswith("absl::"))
    assert of_absl > 0
    assert _bytes(found, name="abseil", section=".eh_frame") == of_absl


def _class(dtype: str) -> str:
    return f"tensorflow::MatOp<Eigen::ThreadPoolDevice, {dtype}>"


def test_folded_code_names_all_who_use_it(tmp_path: Path) -> None:
    require("ld.lld")
    (tmp_path / "a.cc").write_text(
        "namespace tensorflow { int One(int a) { return a * 7 + a % 5; } int Other(int a) { return a * 7 + a % 5; } }\n"
    )
    run(["g++", "-O1", "-fPIC", "-ffunction-sections", "-c", "a.cc", "-o", "a.o"], cwd=tmp_path)
    link = ["g++", "-shared", "-fuse-ld=lld", "-Wl,--icf=all", "-Wl,-Map=a.map", "a.o", "-o", "liba.so"]
    run(link, cwd=tmp_path)
    for link_map in (tmp_path / "a.map", None):
        found = _attributed(tmp_path / "liba.so", link_map)
        shared = [part.shared for part in found.parts if part.shared]
        assert [set(names) for names in shared] == [{"tensorflow::One(int)", "tensorflow::Other(int)"}]


_TEMPLATE = """
namespace Eigen { template <class T> struct Sum { __attribute__((noinline)) static T of(const T* a, int n); };
template <class T> T Sum<T>::of(const T* a, int n) { T s = 0; for (int i = 0; i < n; ++i) s += a[i] * s; return s; } }
namespace tensorflow { float %s(const float* a, int n) { return %s + Eigen::Sum<float>::of(a, n); } }
"""


def test_what_several_kernels_use_is_shared_when_an_archive_tells(tmp_path: Path) -> None:
    require("ld.lld")
    kernels = "tensorflow/core/kernels"
    (tmp_path / kernels).mkdir(parents=True)
    told = selection()
    objects = []
    for name, source in (("One", "identity_op"), ("Two", "mat_op")):
        (tmp_path / f"{source}.cc").write_text(_TEMPLATE % (name, "1" if name == "One" else "2 * n"))
        objects.append(f"{kernels}/{source}.o")
        run(["g++", "-O1", "-fPIC", "-ffunction-sections", "-c", f"{source}.cc", "-o", objects[-1]], cwd=tmp_path)
    run(["ar", "qcsD", "liba.a", *objects], cwd=tmp_path)
    run(["g++", "-shared", "-fuse-ld=lld", "-Wl,-Map=a.map", *objects, "-o", "liba.so"], cwd=tmp_path)
    symbol = "Eigen::Sum<float>::of(float const*, int)"
    assert run(["nm", "-C", *objects], cwd=tmp_path).count(f"W {symbol}") == 2
    layout, link_map = read_layout(tmp_path / "liba.so"), read_link_map(tmp_path / "a.map")
    for several, ops in (({}, ("Identity",)), (several_definitions(tmp_path / "liba.a", objects), ("Identity", "Mat"))):
        found = attribute(layout, link_map, told, content=open_file(tmp_path / "liba.so"), several=several)
        assert [found.owners[part.owner].ops for part in _by_symbol(found)[symbol]] == [ops]
        for part in _by_symbol(found)["tensorflow::Two(float const*, int)"]:
            assert found.owners[part.owner].ops == ("Mat",)


@pytest.mark.parametrize("machine", ["x86_64", "arm64"])
def test_a_library_for_apple_is_attributed_too(tmp_path: Path, machine: str) -> None:
    require("clang++-19")
    require("ld64.lld-19")
    (tmp_path / "tensorflow/core/kernels").mkdir(parents=True)
    (tmp_path / "a.cc").write_text(_TEMPLATE % ("One", "1"))
    target = f"--target={machine}-apple-macos12"
    kernel = "tensorflow/core/kernels/identity_op.o"
    run(["clang++-19", target, "-O1", "-c", "a.cc", "-o", kernel], cwd=tmp_path)
    (tmp_path / "b.cc").write_text("namespace absl { int Cat(int a) { return a * 3; } int zeros[100]; }\n")
    run(["clang++-19", target, "-O1", "-c", "b.cc", "-o", "libabsl_cat.o"], cwd=tmp_path)
    link = ["ld64.lld-19", "-dylib", "-arch", machine, "-platform_version", "macos", "12", "12", "-map", "a.map"]
    run([*link, "-undefined", "dynamic_lookup", kernel, "libabsl_cat.o", "-o", "liba.dylib"], cwd=tmp_path)
    path = tmp_path / "liba.dylib"
    sizes: dict[str, int] = {}
    for line in run(["llvm-size-19", "-m", path]).splitlines():
        if row := re.match(r"\s+Section (__\w+): (\d+)", line):
            sizes[row[1]] = int(row[2])
    for link_map in (tmp_path / "a.map", None):
        found = _attributed(path, link_map)
        for name in ("__text", "__common"):
            parts = [part for part in found.parts if part.section.endswith(f",{name}")]
            assert sum(part.loaded_size for part in parts) == sizes[name]
        named = _by_symbol(found)
        if link_map is None:
            assert found.owners[named["absl::Cat(int)"][0].owner].name == "abseil"
        one = named["tensorflow::One(float const*, int)"][0]
        if link_map is not None:
            assert found.owners[one.owner].name == "Identity/IdentityOp"
        else:
            assert found.owners[one.owner].kind == RUNTIME


def test_an_archive_is_attributed_by_its_objects(library: SizedLibrary) -> None:
    archive = library.folder / "libsized.a"
    if not archive.exists():
        run(["ar", "qcsD", archive, *library.objects.values()])
    found = _attributed(archive)
    text = {"abseil": "absl/strings/cat.cc", "Identity/IdentityOp": "tensorflow/core/kernels/identity_op.cc"}
    for name, source in text.items():
        expected = sum(s for n, s in _section_sizes(library.objects[source]).items() if n.startswith(".text"))
        brought = sum(
            part.file_size
            for part in found.parts
            if found.owners[part.owner].name == name and part.section.startswith(".text")
        )
        assert brought == expected


def test_a_map_of_another_link_is_refused(lld_library: SizedLibrary, tmp_path: Path) -> None:
    other = sized_library(tmp_path, "lld", "-Wl,--gc-sections", "-Wl,-z,noseparate-code")
    with pytest.raises(OpsieveError, match=r"linker map is another file's: \.\w+"):
        _attributed(lld_library.path, other.link_map)


def test_names_stay_mangled_without_a_demangler(lld_library: SizedLibrary) -> None:
    layout = read_layout(lld_library.path)
    content = open_file(lld_library.path)
    with_names = attribute(layout, None, selection(), content=content)
    mangled = attribute(layout, None, selection(), content=content, demangle=lambda names: {})
    assert any("no demangler" in text for text in mangled.evidence)
    for kind in (RUNTIME, PACKAGE, PROTOS, FORMAT):
        assert _bytes(mangled, kind=kind) == _bytes(with_names, kind=kind), kind
    assert _bytes(mangled, kind=KERNEL) == _bytes(with_names, kind=KERNEL)
    # Which of the two types it is cannot be told.
    assert any(owner.dtypes == ("DT_DOUBLE", "DT_FLOAT") for owner in mangled.owners)


def _report(path: Path, *arguments: str | Path) -> tuple[dict[str, object], str]:
    command = [sys.executable, "-m", "opsieve", "size", "report", path, "--format", "json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    document: dict[str, object] = json.loads(done.stdout)
    return document, done.stderr


@pytest.mark.parametrize("name", ["libsmall.so", "run_model", "stripped/libsmall.so", "stripped/run_model"])
def test_what_build_left_is_found_beside_a_library(built: Built, name: str) -> None:
    path = built.folder / name
    document, said = _report(path)
    assert "linker map" in said
    assert "selection: selection.json" in said
    owners = document["owners"]
    assert isinstance(owners, list)
    assert sum(owner["file_size"] for owner in owners) == document["file_size"] == path.stat().st_size
    assert sum(owner["loaded_size"] for owner in owners) == document["loaded_size"]
    nobodys = sum(owner["file_size"] for owner in owners if owner["kind"] == "unattributed")
    assert nobodys <= (1 - _LEAST_NAMED) * path.stat().st_size
    conv = [owner for owner in owners if owner["ops"] == ["Conv2D"] and owner["kind"] == "kernel"]
    assert conv
    assert conv[0]["models"] == [CNN.name] or [Path(model).name for model in conv[0]["models"]] == [CNN.name]
    assert str(built.folder) not in json.dumps(document)


def test_the_same_file_gives_the_same_bytes(built: Built) -> None:
    first, _ = _report(built.shared)
    second, _ = _report(built.shared)
    assert json.dumps(first) == json.dumps(second)


def test_an_archive_of_build_has_whole_paths(built: Built) -> None:
    document, _ = _report(built.archive)
    owners = document["owners"]
    assert isinstance(owners, list)
    runtime = [owner["name"] for owner in owners if owner["kind"] == "runtime"]
    assert runtime
    assert all(name.startswith("tensorflow/") for name in runtime)


def test_a_map_found_beside_that_does_not_fit_is_not_used(lld_library: SizedLibrary, tmp_path: Path) -> None:
    other = sized_library(tmp_path, "lld", "-Wl,--gc-sections", "-Wl,-z,noseparate-code")
    other.path.write_bytes(lld_library.path.read_bytes())
    document, said = _report(other.path)
    assert "not used" in said
    assert not any("map" in text for text in document["evidence"])  # type: ignore[attr-defined]


def test_parts_can_be_copied(lld_library: SizedLibrary) -> None:
    """Reports and comparisons take attributions apart."""
    found = _attributed(lld_library.path, lld_library.link_map)
    assert dataclasses.replace(found, parts=found.parts) == found
