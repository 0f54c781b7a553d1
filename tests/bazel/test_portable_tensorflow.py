"""TensorFlow's portable runtime by Bazel from a plain tree: the same library as Make's, for this machine and others.

small_tree stands for TensorFlow, with the system's protobuf; a real tree is built where OPSIEVE_TENSORFLOW_TREE names
one, which takes minutes the first time.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bazel.bazel import Bazel, Result
from bazel.portable import ALL, disk_cache, write_app, write_models, write_package
from e2e.built import sources_in
from e2e.program import Program
from native.compilers import require, run
from native.mobile_kits import make_kit, require_kits
from native.small_tree_builds import CNN, MLP, TREE, Workshop, workshop
from opsieve.build.bazel.offer import offer
from opsieve.build.portable_runtime import PortableRuntime, build_files
from opsieve.tree.build import build_index
from opsieve.tree.linking.cached import registering_files


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Makes the same by Make."""
    made = workshop("linux-x86_64", tmp_path_factory.mktemp("make"))
    if not made.third_party:
        pytest.skip("the system's protobuf, with its headers and protoc, is not installed")
    return made


@pytest.fixture(scope="module")
def app(portable_app: Path, make: Workshop) -> Path:
    """A workspace with an app of one model, built."""
    return portable_app


def _compiled(result: Result) -> set[str]:
    """The sources that were compiled, by what --subcommands shows; those of TensorFlow relative to its tree."""
    paths = re.findall(r" -c (\S+\.(?:cc|cpp|c))\b", result.output)
    return {re.sub(r"^.*/small\.sources/|^external/tf/tree/", "", path) for path in paths}


def test_the_library_is_made_of_the_same_sources_as_makes(app: Path, make: Workshop) -> None:
    ours, theirs = sources_in(app / "bazel-bin" / "libsmall.a"), sources_in(make.library(MLP).archive)
    assert ours == theirs
    assert sum(ours.values()) > 30


@pytest.mark.parametrize("name", ["libsmall.so", "run_model"])
def test_it_is_as_small_as_makes(app: Path, make: Workshop, name: str) -> None:
    theirs = (make.library(MLP).folder / "stripped" / name).stat().st_size
    ours = app / "bazel-bin" / "small.stripped" / name.replace("run_model", "small_run_model")
    assert ours.stat().st_size == pytest.approx(theirs, rel=0.01)


def test_it_answers_as_makes_does(app: Path, make: Workshop) -> None:
    by_make = make.library(MLP).program.run(MLP)
    by_bazel = Program(app / "bazel-bin" / "small_run_model").run(MLP)
    assert (by_bazel.returncode, by_bazel.stdout) == (by_make.returncode, by_make.stdout)
    assert by_make.returncode == 0
    assert Program(app / "bazel-bin" / "small_run_model").run(CNN).returncode == 1


def test_the_shared_library_exports_what_makes_does(app: Path, make: Workshop) -> None:
    def exported(library: Path) -> set[str]:
        lines = run(["nm", "-D", "--defined-only", library]).splitlines()
        return {line.split()[-1] for line in lines}

    ours = exported(app / "bazel-bin" / "libsmall.so")
    assert ours == exported(make.library(MLP).shared)
    assert any("NewSession" in name for name in ours)


def test_an_app_that_depends_on_it_has_its_headers_and_all_registrations(app: Path) -> None:
    assert run([app / "bazel-bin" / "app", MLP]) == "10 1\n"


def test_a_linkers_map_tells_the_file_of_every_object(app: Path, bazel: Bazel, make: Workshop) -> None:
    made = make.library(MLP).folder
    package = write_package(
        app / "mapped",
        'size_report(name = "size", binary = "libsmall.so", formats = ["json"], map = "small.map", ops = "//:ops")\n'
        'size_report(name = "plain", binary = "libsmall.so", formats = ["json"])\n',
    )
    shutil.copy(made / "stripped" / "libsmall.so", package)
    shutil.copy(made / "small.map", package)
    bazel.must(app, "build", disk_cache(bazel), "//mapped:all")
    reports = [
        json.loads((app / "bazel-bin" / "mapped" / name / "size.json").read_text()) for name in ("size", "plain")
    ]
    unattributed = [
        sum(row["file_size"] for row in each["owners"] if row["kind"] == "unattributed") for each in reports
    ]
    assert re.fullmatch(r"linker map \(\w+\): small\.map", reports[0]["evidence"][0])
    assert unattributed[0] < unattributed[1] / 10


def test_nothing_names_the_machine_or_its_folders(app: Path, bazel: Bazel) -> None:
    for name in ("libsmall.so", "small_run_model"):
        content = (app / "bazel-bin" / name).read_bytes()
        for place in (b"bazel-out/", b"external/", os.fsencode(bazel.folder), os.fsencode(TREE)):
            assert place not in content, (name, place)


def test_another_model_compiles_only_what_differs(app: Path, bazel: Bazel, make: Workshop) -> None:
    first = make.library(MLP)
    both = make.library(MLP, CNN)
    write_models(app, MLP, CNN)
    result = bazel.must(app, "build", ALL, "--subcommands", "//:small")
    assert _compiled(result) == both.compiled
    assert 0 < len(both.compiled) < len(first.compiled)
    assert Program(app / "bazel-bin" / "small_run_model").run(CNN).returncode == 0

    write_models(app, MLP)
    again = bazel.must(app, "build", ALL, "--subcommands", "//:small")
    # Without a disk cache Bazel remembers only the last of a file's objects.
    assert _compiled(again) <= _compiled(result)


def test_nothing_is_done_when_nothing_changed(app: Path, bazel: Bazel) -> None:
    bazel.must(app, "build", ALL, "//:small")
    result = bazel.must(app, "build", ALL, "//:small")
    assert set(result.processes) <= {"internal"}
    assert result.seconds < 2


def test_an_edited_source_of_the_tree_is_compiled_again(bazel: Bazel, make: Workshop, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(TREE, tree)
    folder = tmp_path / "app"
    write_app(bazel, folder, 'path = "../tree", third_party = {"protobuf": "system"}')
    write_models(folder, MLP)
    target = "@tf//linux-x86_64:core"
    try:
        bazel.must(folder, "build", target)
        source = tree / "tensorflow" / "core" / "framework" / "op.cc"
        source.write_text(source.read_text() + "\n#error edited\n")
        result = bazel.run(folder, "build", target)
        assert result.status != 0
        assert "edited" in result.output
    finally:
        bazel.stop(folder)


def test_a_selection_of_another_release_is_refused(app: Path, bazel: Bazel) -> None:
    (app / "other").mkdir()
    index = (app / "bazel-app" / "external" / "tf" / "linux-x86_64" / "index.json").read_text()
    (app / "other" / "index.json").write_text(index.replace('"version": "2.14.0"', '"version": "2.13.0"', 1))
    shutil.copy(MLP, app / "other")
    (app / "other" / "BUILD").write_text(
        'load("@opsieve//rules:defs.bzl", "selective_library", "selective_ops")\n'
        f'selective_ops(name = "ops", index = "index.json", models = ["{MLP.name}"])\n'
        'selective_library(name = "other", ops = ":ops", runtime = "@tf//:runtime")\n'
    )
    result = bazel.run(app, "build", "//other")
    assert result.status != 0
    assert "the selection is of TensorFlow 2.13.0, and the runtime is 2.14.0" in result.output
    assert "@REPOSITORY//:index" in result.output


def test_one_target_is_built_for_several_platforms(bazel: Bazel, tmp_path: Path) -> None:
    """Objects of four processors and three systems; the headers tell, and nothing is linked."""
    headers = require_kits()
    for program in ("aarch64-linux-gnu-g++", "arm-linux-gnueabihf-g++", "llvm-readobj-19", "protoc"):
        require(program)
    environment = dict(os.environ)
    for target in ("android-arm64", "ios-arm64"):
        (tmp_path / target).mkdir()
        kit = make_kit(target, tmp_path / target, headers)
        if "PATH" in kit:
            kit["PATH"] += os.pathsep + environment["PATH"]
        environment |= kit
    protobuf = _installed_protobuf(tmp_path / "protobuf")
    platforms = ("linux-aarch64", "raspberry-pi-32", "android-arm64", "ios-arm64")
    folder = tmp_path / "app"
    targets = ("linux-aarch64", "linux-armv7", "android-arm64", "ios-arm64")
    listed = ", ".join(f'"{name}"' for name in targets)
    write_app(
        bazel,
        folder,
        f'path = "{TREE}", targets = [{listed}], third_party = {protobuf}',
        platforms,
    )
    registered = ", ".join(f'"@tf//toolchains:{name}"' for name in targets)
    with (folder / "WORKSPACE").open("a") as workspace:
        workspace.write(f"register_toolchains({registered})\n")
    write_models(folder, MLP)
    try:
        result = bazel.run(folder, "build", "--output_groups=static", "//:everywhere", environment=environment)
        assert result.status == 0, result.output[-6000:]
        said = {
            name: run(["llvm-readobj-19", "--file-headers", folder / "bazel-bin" / "everywhere" / name / "libsmall.a"])
            for name in platforms
        }
        formats = {name: set(re.findall(r"^Format: (\S+)", text, re.MULTILINE)) for name, text in said.items()}
        assert formats == {
            "linux-aarch64": {"elf64-littleaarch64"},
            "raspberry-pi-32": {"elf32-littlearm"},
            "android-arm64": {"elf64-littleaarch64"},
            "ios-arm64": {"Mach-O"},
        }
    finally:
        bazel.stop(folder)


def _installed_protobuf(folder: Path) -> str:
    """The system's headers, as if protobuf had been installed for each target; nothing of its library is looked at."""
    headers = Path("/usr/include/google")
    if not (headers / "protobuf" / "message.h").is_file():
        pytest.skip("protobuf's headers are not installed")
    shutil.copytree(headers, folder / "src" / "google")
    (folder / "lib").mkdir()
    run(["llvm-ar-19", "qc", folder / "lib" / "libprotobuf.a"])
    return f'{{"protobuf": "{folder}", "protoc": "{shutil.which("protoc")}"}}'


@pytest.mark.parametrize("named", ["small_tree", "OPSIEVE_TENSORFLOW_TREE"])
def test_each_file_on_offer_brings_what_make_would_compile_for_it(named: str) -> None:
    tree = TREE if named == "small_tree" else _tensorflow_tree()
    index = build_index(tree)
    files = registering_files(index)
    on_offer = offer(tree, index, "linux", index.defines, cache=False)
    with build_files(tree, "linux") as build:
        runtime = PortableRuntime(tree, build, "linux", index.defines, files)
        # Notes come as BUILD files are evaluated.
        assert replace(on_offer.runtime, notes=()) == replace(runtime.manifest(), notes=())
        checked = 0
        for path, helpers in runtime.helpers(sorted(files)[:: 1 if tree == TREE else 12]).items():
            paths = [path, *(helper.path for helper in helpers)]
            added = [on_offer.files[each] for each in paths if each in on_offer.files]
            if any(each.lacks for each in added):
                continue
            manifest = runtime.manifest(paths)
            assert {*on_offer.runtime.protos}.union(*(each.protos for each in added)) == {*manifest.protos}, path
            assert [each.path for each in on_offer.runtime.sources] == [each.path for each in manifest.sources]
            wanted = {need.name for need in manifest.third_party} - {need.name for need in on_offer.runtime.third_party}
            assert {name for each in added for name in each.packages} == wanted, path
            checked += 1
    assert checked > 10
    assert any(each.packages for each in on_offer.files.values())


def _tensorflow_tree() -> Path:
    """The first tree that OPSIEVE_TENSORFLOW_TREE names."""
    trees = os.environ.get("OPSIEVE_TENSORFLOW_TREE", "").split(os.pathsep)
    if not trees[0]:
        pytest.skip("OPSIEVE_TENSORFLOW_TREE names no source tree of TensorFlow")
    return Path(trees[0])


def test_no_folder_of_somebodys_own_is_written_to(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "mine.txt").write_text("precious")
    command = ["opsieve", "bazel-files", "--tensorflow", str(TREE), "--third-party", "protobuf=system"]
    done = subprocess.run(
        [sys.executable, "-m", *command, "-o", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "not from opsieve bazel-files" in done.stderr
    assert (tmp_path / "tree" / "mine.txt").read_text() == "precious"
