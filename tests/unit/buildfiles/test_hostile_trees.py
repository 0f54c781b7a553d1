"""A tree is data from a stranger: whatever its BUILD files do ends in one clear error, or a note."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from buildfiles.corpus_tree import write
from opsieve.errors import OpsieveError
from opsieve.tree.buildfiles import BuildFiles, Configuration, Limits

SMALL = Limits(cpu_seconds=0.5, seconds=20, memory_bytes=512 << 20, answer_bytes=1 << 20)
NONE = Configuration("none")


def evaluate(tree: Path, text: str, limits: Limits = SMALL) -> BuildFiles:
    """Write a/BUILD and evaluate it; the harmless package b must still evaluate afterwards."""
    write(tree / "a/BUILD", text)
    write(tree / "b/BUILD", "filegroup(name = 'fine')")
    with BuildFiles(tree, NONE, limits) as files:
        try:
            files.package("//a")
        finally:
            assert list(files.package("//b").targets) == ["fine"]
        return files


ENDLESS = {
    "a huge range": ("for i in range(1 << 30):\n    pass\n", 1),
    "nested loops": (
        "\ndef f():\n    for i in range(1000000):\n        for j in range(1000000):\n            pass\nf()",
        4,
    ),
    "a comprehension": ("x = 1\ny = [1 for i in range(100000) for j in range(100000) if i < 0]", 2),
    "calls that double": ("def f(n):\n    return 0 if n == 0 else f(n - 1) + f(n - 1)\nf(60)", 2),
}


@pytest.mark.parametrize("name", sorted(ENDLESS))
def test_endless(tmp_path: Path, name: str) -> None:
    text, line = ENDLESS[name]
    with pytest.raises(OpsieveError, match=rf"^a/BUILD:{line}: takes more than 0.5 s to evaluate$"):
        evaluate(tmp_path, text)


BROKEN = {
    "recursion": ("def f(n):\n    return f(n + 1)\nf(0)", r"a/BUILD:2: Starlark call stack overflow"),
    "a syntax error": ("x = 1\n\ny = (", r"a/BUILD:\d: .*"),
    "fail()": ("def f():\n    fail('no', 2, sep = '-')\n\nf()", r"a/BUILD:2: no-2"),
    "no name": ("\nfilegroup(srcs = [])", r"a/BUILD:2: filegroup needs a name"),
    "a glob of its parent": ("\nglob(['../b/*'])", r"a/BUILD:2: glob\(\) pattern '../b/\*' leads out of its package"),
    "a glob of everything": ("\nglob(['/etc/*'])", r"a/BUILD:2: glob\(\) pattern '/etc/\*' leads out of its package"),
    "a glob of numbers": ("\nglob([1])", r"a/BUILD:2: glob\(\) takes lists of strings"),
    "a load from above": (
        "\n\nload('//../..:x.bzl', 'x')",
        r"a/BUILD:3: load\('//../..:x.bzl'\) leads out of the tree",
    ),
    "a load of a parent": ("load(':../../x.bzl', 'x')", r"a/BUILD:1: load\(':../../x.bzl'\) leads out of the tree"),
    "an absolute load": ("load('/etc/passwd', 'x')", r"a/BUILD:1: load\('/etc/passwd'\) leads out of the tree"),
    "no division": ("x = 1 // 0", r"a/BUILD:1: .*division.*"),
    "not Starlark": ("import os\nos.system('touch /tmp/owned')", r"a/BUILD:1: .*"),
    "Python's eval": ("x = eval('1')()", r".*"),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken(tmp_path: Path, name: str) -> None:
    text, message = BROKEN[name]
    with pytest.raises(OpsieveError, match=f"^(?:{message})$") as caught:
        evaluate(tmp_path, text)
    assert len(str(caught.value)) < 1000
    assert "a/BUILD" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "x = 'a' * (1 << 40)",
        "x = [0] * (1 << 32)",
        "def f():\n    s = 'a'\n    for i in range(60):\n        s = s + s\nf()",
        "def f():\n    s = ['a']\n    for i in range(60):\n        s = s + s\nf()",
        "x = '%s'\n" + "x = x.replace('%s', '%s' * 1000)\n" * 6,
    ],
    ids=["a string", "a list", "a string that doubles", "a list that doubles", "replacements"],
)
def test_too_much_memory(tmp_path: Path, text: str) -> None:
    with pytest.raises(OpsieveError, match=r"^a/BUILD"):
        evaluate(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 200_000,
        "x = " + "[" * 100_000 + "]" * 100_000,
        "x = " + "-" * 200_000 + "1",
        "x = " + "not " * 100_000,
    ],
    ids=["brackets", "lists", "signs", "nots"],
)
def test_deep_nesting(tmp_path: Path, text: str) -> None:
    with pytest.raises(OpsieveError, match=r"^a/BUILD"):
        evaluate(tmp_path, text)


def test_a_value_that_nests_deep(tmp_path: Path) -> None:
    text = "def f():\n    x = []\n    for i in range(100000):\n        x = [x]\n    return x\n"
    text += "filegroup(name = 'x', srcs = f())"
    with pytest.raises(OpsieveError, match=r"^a/BUILD"):
        evaluate(tmp_path, text)


def test_too_many_targets(tmp_path: Path) -> None:
    text = "[filegroup(name = str(i)) for i in range(1000000)]"
    with pytest.raises(OpsieveError, match=r"^a/BUILD:1: takes more than 0.5 s to evaluate$"):
        evaluate(tmp_path, text)


def test_an_answer_that_is_too_large(tmp_path: Path) -> None:
    text = "filegroup(name = 'x', srcs = ['%s' * 1000 % tuple(['y'] * 1000) + str(i) for i in range(2000)])"
    with pytest.raises(OpsieveError, match=r"^a/BUILD: its targets take more than 1 MB to describe$"):
        evaluate(tmp_path, text, Limits(cpu_seconds=20, seconds=60, memory_bytes=1 << 30, answer_bytes=1 << 20))


def test_output_is_not_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    files = evaluate(tmp_path, "[print('x' * 1000) for i in range(1000)]\nfilegroup(name = 'x')")
    assert list(files.package("//a").targets) == ["x"]
    assert capfd.readouterr() == ("", "")


def test_load_cycle(tmp_path: Path) -> None:
    write(tmp_path / "a/one.bzl", "load(':two.bzl', 'x')\n")
    write(tmp_path / "a/two.bzl", "load(':three.bzl', 'x')\n")
    write(tmp_path / "a/three.bzl", "load(':two.bzl', 'x')\n")
    with pytest.raises(OpsieveError, match=r"^a/three.bzl: loads itself: a/two.bzl -> a/three.bzl -> a/two.bzl$"):
        evaluate(tmp_path, "load(':one.bzl', 'x')")


def test_a_chain_of_loads(tmp_path: Path) -> None:
    for n in range(1000):
        write(tmp_path / f"a/l{n}.bzl", f"load(':l{n + 1}.bzl', 'x')\n")
    with pytest.raises(OpsieveError, match=r"^a/l99.bzl: loads nest deeper than 100 files$"):
        evaluate(tmp_path, "load(':l0.bzl', 'x')")


def test_an_error_in_a_loaded_file_names_it_and_who_called(tmp_path: Path) -> None:
    write(tmp_path / "a/defs.bzl", "def f():\n    fail('broken')\n")
    with pytest.raises(OpsieveError, match=r"^a/defs.bzl:2: broken \(called from a/BUILD:3\)$"):
        evaluate(tmp_path, "load(':defs.bzl', 'f')\n\nf()")
    write(tmp_path / "a/defs.bzl", "\nx = 1 // 0\n")
    with pytest.raises(OpsieveError, match=r"^a/defs.bzl:2: .*division"):
        evaluate(tmp_path, "load(':defs.bzl', 'f')\n\nf()")


def test_rules_while_loading(tmp_path: Path) -> None:
    write(tmp_path / "a/defs.bzl", "native.filegroup(name = 'x')\nx = native.package_name()")
    with pytest.raises(OpsieveError, match=r"filegroup cannot be used while a .bzl file is loaded"):
        evaluate(tmp_path, "load(':defs.bzl', 'x')")


def test_links_out_of_the_tree(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside/secret.bzl", "x = 1").parent
    write(outside / "BUILD", "filegroup(name = 'x')")
    tree = tmp_path / "tree"
    write(tree / "a/here.cc", "")
    (tree / "a/link.bzl").symlink_to(outside / "secret.bzl")
    (tree / "a/folder").symlink_to(outside)
    (tree / "a/round").symlink_to(tree / "a")
    (tree / "package").symlink_to(outside)
    (tree / "a/file.cc").symlink_to(outside / "secret.bzl")

    files = evaluate(tree, "filegroup(name = 'all', srcs = glob(['**']))\nfilegroup(name = 'one', srcs = ['file.cc'])")
    assert files.target("//a:all").srcs == ("//a:BUILD", "//a:here.cc")
    assert sorted(files.package("//a").notes) == [
        f"a/BUILD: {name} is a link that leads out of the tree: glob() leaves it out"
        for name in ("file.cc", "folder", "link.bzl")
    ]
    assert files.files("//a:one") == ()
    assert "//a:file.cc: is a link that leads out of the tree" in files.notes

    with pytest.raises(OpsieveError, match=r"^a/link.bzl: is a link that leads out of the tree$"):
        evaluate(tree, "load(':link.bzl', 'x')")
    with (
        BuildFiles(tree, NONE) as files,
        pytest.raises(OpsieveError, match=r"^package/BUILD: is a link that leads out"),
    ):
        files.package("//package")


def test_labels_out_of_the_tree(tmp_path: Path) -> None:
    files = evaluate(tmp_path / "tree", "filegroup(name = 'x', srcs = ['../../y', '//..:z', '/etc/passwd', 'fine.cc'])")
    assert files.target("//a:x").srcs == ("//a:fine.cc",)
    assert len(files.package("//a").notes) == 3
    for label in ("//..", "//a:../../x", "//a/../..:x", "//a:/etc/passwd"):
        with pytest.raises(OpsieveError, match="is not a label of this tree"):
            files.files(label)
    with pytest.raises(OpsieveError, match="is not a label of this tree"):
        files.package("//../a")


def test_marks_of_our_own_in_a_file(tmp_path: Path) -> None:
    """What looks like the mark that stands for a select(), but is none."""
    mark = "\ue000" + "0" * 40 + "\ue001"
    files = evaluate(tmp_path, f"filegroup(name = 'x', srcs = ['{mark}', 'a{mark}b.cc'])\nfilegroup(name = '{mark}')")
    assert files.target("//a:x").srcs == ("//a:ab.cc",)


def test_many_patterns_cost_little(tmp_path: Path) -> None:
    for n in range(50):
        write(tmp_path / ("a/" + "/".join(["x" * 5] * n)) / ("a" * 100), "")
    stars = "*a" * 40 + "b"
    files = evaluate(
        tmp_path, f"filegroup(name = 'x', srcs = glob(['{stars}', '{'**/x*/' * 20}y', '**/{stars}'] * 50))"
    )
    assert files.target("//a:x").srcs == ()


def test_a_binary_build_file(tmp_path: Path) -> None:
    write(tmp_path / "a/BUILD", os.urandom(100_000))
    with BuildFiles(tmp_path, NONE, SMALL) as files, pytest.raises(OpsieveError, match=r"^a/BUILD"):
        files.package("//a")


def test_a_large_build_file(tmp_path: Path) -> None:
    write(tmp_path / "a/BUILD", b"#" * (17 << 20))
    with (
        BuildFiles(tmp_path, NONE, SMALL) as files,
        pytest.raises(OpsieveError, match=r"^a/BUILD: is larger than 16 MB$"),
    ):
        files.package("//a")


def test_many_names_that_are_not_bound(tmp_path: Path) -> None:
    text = "\n".join(f"unknown_{n}(name = 'x{n}')" for n in range(1000))
    with pytest.raises(OpsieveError, match=r"^a/BUILD:33: Variable `unknown_32` not found"):
        evaluate(tmp_path, text)


def test_nothing_of_the_current_folder_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("json", "resource", "starlark", "opsieve"):
        write(tmp_path / f"{module}.py", f"open({str(tmp_path / 'owned')!r}, 'w')")
    write(tmp_path / "a/BUILD", "filegroup(name = 'x')")
    monkeypatch.chdir(tmp_path)
    with BuildFiles(Path(), NONE, SMALL) as files:
        assert list(files.package("//a").targets) == ["x"]
    assert not (tmp_path / "owned").exists()


def test_an_error_is_the_same_each_time(tmp_path: Path) -> None:
    write(tmp_path / "a/BUILD", "x = 'a' * (1 << 40)")
    with BuildFiles(tmp_path, NONE, SMALL) as files:
        messages = set()
        for _ in range(3):
            with pytest.raises(OpsieveError) as caught:
                files.package("//a")
            messages.add(str(caught.value))
        assert len(messages) == 1
