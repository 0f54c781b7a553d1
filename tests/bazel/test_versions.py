"""What runs here on Bazel 4.2 alone uses nothing that one of Bazel 6 to 9 lacks.

These are the mistakes that can be read from the files; only a Bazel of each version finds the others.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from bazel.bazel import ROOT

# The directives of MODULE.bazel in Bazel 6.4; use_repo_rule came with 7.0, and others after it.
_DIRECTIVES = {
    *("archive_override", "bazel_dep", "git_override", "local_path_override", "module", "multiple_version_override"),
    *("register_execution_platforms", "register_toolchains", "single_version_override", "use_extension", "use_repo"),
}
# Options that 6, 7, 8 and 9 have, whether or not they do something: a transition on any other is an error. From
# CppOptions.java, AppleCommandLineOptions.java, CoreOptions.java and PlatformOptions.java; apple_crosstool_top, of
# which rules_apple read the value of crosstool_top, went with 9.
_OPTIONS = {"apple_platform_type", "compiler", "cpu", "crosstool_top", "platforms"}
# Global until Bazel 8, and of rules_cc, rules_java, rules_python and protobuf in 9: AutoloadSymbols.java.
_GONE = {
    *("CcInfo", "CcToolchainConfigInfo", "DebugPackageInfo", "JavaInfo", "ProtoInfo", "PyInfo", "PyRuntimeInfo"),
    *("cc_common", "java_common"),
}
_RULES = re.compile(r"^(?:cc|java|objc|proto|py|sh)_\w+(?=\()", re.MULTILINE)


def _starlark() -> Iterator[tuple[Path, ast.Module]]:
    """Our .bzl files; Starlark is read by Python's parser."""
    for path in sorted((ROOT / "rules").rglob("*.bzl")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def _named(tree: ast.AST, function: str, argument: str) -> list[str]:
    """The values of an argument, one for each call."""
    return [
        str(ast.literal_eval(each.value))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == function
        for each in node.keywords
        if each.arg == argument
    ]


def _loaded(tree: ast.AST) -> set[str]:
    """What load() brings, by the names that the file has for it."""
    return {
        each.arg or str(ast.literal_eval(each.value))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "load"
        for each in [*node.keywords, *(ast.keyword(None, argument) for argument in node.args[1:])]
    }


def test_no_global_that_bazel_9_lacks() -> None:
    files = dict(_starlark())
    assert len(files) > 25
    for path, tree in files.items():
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert used & _GONE <= _loaded(tree), path


def test_build_files_that_are_written_load_their_rules() -> None:
    """Buildifier reads BUILD files, and neither templates nor the texts of repository rules."""
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "templates").glob("*.BUILD.j2")}
    for path, tree in _starlark():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "load(" in node.value:
                texts[path / str(node.lineno)] = node.value
    assert len(texts) >= 5
    for place, text in texts.items():
        for rule in _RULES.findall(text):
            assert re.search(rf'^load\("@rules_\w+//.*"{rule}"', text, re.MULTILINE), f"{place}: {rule}"


def test_transitions_are_on_options_of_every_bazel() -> None:
    for path, tree in _starlark():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and str(node.value).startswith("//command_line_option:"):
                assert str(node.value).partition(":")[2] in _OPTIONS, path


@pytest.mark.parametrize("name", ["MODULE.bazel", "examples/bazel-module/MODULE.bazel"])
def test_module_files_have_directives_of_bazel_6(name: str) -> None:
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    extensions = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("use_extension(")
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            directive = ast.unparse(node.func)
            assert directive in _DIRECTIVES or directive.partition(".")[0] in extensions, directive


def test_a_workspace_beside_a_module_is_not_read_with_it() -> None:
    """Bazel 6 and 7 read both, and WORKSPACE.bzlmod in place of WORKSPACE."""
    folders = [ROOT, *(path.parent for path in (ROOT / "examples").glob("*/MODULE.bazel"))]
    assert len(folders) > 1
    assert [folder.name for folder in folders if not (folder / "WORKSPACE.bzlmod").exists()] == []


def test_every_python_of_the_project_has_its_packages() -> None:
    module = ast.parse((ROOT / "MODULE.bazel").read_text(encoding="utf-8"))
    named = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert named
    assert _named(module, "python.toolchain", "python_version") == named
    assert _named(module, "pip.parse", "python_version") == named


def test_the_lock_has_what_its_packages_need() -> None:
    """rules_python makes a target of each line, and a dependency of each Requires-Dist."""
    requirements = pytest.importorskip(
        "packaging.requirements", reason="packaging, which pytest brings, is not installed"
    )
    lock = (ROOT / "rules/private/requirements_lock.txt").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, re.MULTILINE))
    compared = 0
    for name, version in locked.items():
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        if distribution.version != version:
            continue
        compared += 1
        for line in distribution.requires or ():
            need = requirements.Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                assert re.sub(r"[-_.]+", "-", need.name).lower() in locked, f"{name} {version} needs {line}"
    if not compared:
        pytest.skip("no package is installed in the version that the lock has")


def test_the_registry_takes_the_entry() -> None:
    """modules/metadata.schema.json of bazelbuild/bazel-central-registry: what it requires, and nothing else."""
    entry = json.loads((ROOT / ".bcr" / "metadata.template.json").read_text(encoding="utf-8"))
    assert {"homepage", "maintainers", "repository", "versions"} <= set(entry)
    assert set(entry) <= {"deprecated", "homepage", "maintainers", "repository", "versions", "yanked_versions"}
    assert entry["maintainers"]
    assert entry["repository"]
    allowed = {"do_not_notify", "email", "github", "github_user_id", "name"}
    assert all(maintainer and set(maintainer) <= allowed for maintainer in entry["maintainers"])
