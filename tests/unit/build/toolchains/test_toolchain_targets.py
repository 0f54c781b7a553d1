"""Targets: the ones that opsieve comes with, and files of users."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsieve.build.toolchains import read_target, target_names
from opsieve.errors import OpsieveError

_NAMES = (
    "android-arm64",
    "android-armv7",
    "android-x86_64",
    "ios-arm64",
    "ios-simulator-arm64",
    "linux-aarch64",
    "linux-armv7",
    "linux-x86_64",
)


def test_the_targets() -> None:
    assert target_names() == _NAMES


@pytest.mark.parametrize("name", _NAMES)
def test_every_target_is_complete(name: str) -> None:
    target = read_target(name)
    assert target.name == name
    assert target.description
    assert target.install
    assert target.configuration == name.partition("-")[0]
    assert target.format == ("macho" if target.configuration == "ios" else "elf")
    assert {"-Os", "-ffunction-sections", "-fdata-sections"} <= set(target.compile_flags)
    # Asserted by TensorFlow's core/kernels/conv_ops_float.cc, so for every unit where Eigen's NEON code is compiled.
    assert ("EIGEN_NEON_GEBP_NR=4" in target.defines) == ("arm" in name or "aarch64" in name)
    if target.configuration == "android":
        assert target.page_size == 16384
        assert target.kit == "ndk"


def test_a_copy_of_a_target_is_a_target(tmp_path: Path) -> None:
    import opsieve.build.toolchains.targets as targets

    text = (Path(targets.__file__).parent / "presets" / "linux-aarch64.yaml").read_text()
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace("  - -Os\n", "  - -O2\n"))
    mine = read_target(str(path))
    assert mine.name == "mine"
    assert "-O2" in mine.compile_flags
    assert mine.machine == "aarch64"


def test_an_unknown_name() -> None:
    with pytest.raises(OpsieveError, match=r"there is no target 'linux-sparc'.*linux-armv7"):
        read_target("linux-sparc")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a target"),
        ("- a\n- b\n", "not a target"),
        ("a: [", "not YAML"),
        ("a: &x 1\nb: *x\n", "no YAML aliases"),
        ("colour: red\n", "no target has a key 'colour'"),
        ("format: elf\n", "the key 'configuration' is missing"),
        ("!!python/object/apply:os.system ['true']\n", "not YAML"),
        ("\x00", "not YAML"),
    ],
)
def test_what_is_no_target(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(OpsieveError, match=said) as raised:
        read_target(str(path))
    assert raised.value.message.startswith(f"{path}: ")


_GOOD = (
    "configuration: linux\nformat: elf\nmachine: arm\ncompilers: [{c: cc, cxx: c++, ar: ar, strip: strip}]\n"
    "linkers: [{name: ld, flags: []}]\n"
)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("page_size: 5000", "page_size"),
        ("page_size: true", "page_size"),
        ("shared: maybe", "shared"),
        ("kit: bazel", "kit: 'bazel' is not one of ndk, xcode"),
        ("compile_flags: -Os", "compile_flags: a list"),
        ("compile_flags: [[a]]", "compile_flags: one line of text"),
        ("compilers: []", "compilers: a list of mappings"),
        ("linkers: [ld]", "linkers: a list of mappings"),
        ('defines: ["A\\nB"]', "defines: one line"),
    ],
)
def test_wrong_values(line: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    key = line.partition(":")[0]
    path.write_text("\n".join([*(row for row in _GOOD.splitlines() if not row.startswith(f"{key}:")), line]))
    with pytest.raises(OpsieveError, match=said):
        read_target(str(path))


def test_an_enormous_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(_GOOD + "#" * 70_000)
    with pytest.raises(OpsieveError, match="no target"):
        read_target(str(path))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match="cannot be read"):
        read_target(str(tmp_path / "none.yaml"))
