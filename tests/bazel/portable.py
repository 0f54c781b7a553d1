"""Workspaces over TensorFlow's portable runtime, with small_tree in TensorFlow's place and the system's protobuf."""

from __future__ import annotations

import shutil
from pathlib import Path

from bazel.bazel import Bazel
from native.small_tree_builds import TREE

SYSTEM = 'third_party = {"protobuf": "system"}'
# All that an app's selective_library makes.
ALL = "--output_groups=+run_model,+stripped"

_WORKSPACE = """\
local_repository(name = "opsieve", path = "{opsieve}")
load("@opsieve//rules:repositories.bzl", "host_python_packages", "portable_tensorflow_repository")
host_python_packages(name = "opsieve_pip")
register_toolchains("@opsieve_pip//:toolchain")
"""
_BUILD = """\
load("@opsieve//rules:defs.bzl", "selective_library", "selective_multi_library", "selective_ops")
load("@rules_cc//cc:cc_binary.bzl", "cc_binary")
package(default_visibility = ["//visibility:public"])
selective_ops(name = "ops", index = "@tf//:index", models = glob(["models/*"]))
selective_library(name = "small", ops = ":ops", runtime = "@tf//:runtime")
selective_multi_library(
    name = "everywhere",
    crosstool_top = "@tf//toolchains:suite",
    library = ":small",
    platforms = {platforms},
)
cc_binary(name = "app", srcs = ["main.cc"], deps = [":small"])
"""
_RULES = (
    "kernel_index",
    "model_coverage_test",
    "selective_library",
    "selective_ops",
    "size_budget_test",
    "size_report",
)


def local_tree(bazel: Bazel) -> str:
    """Attributes of a repository of small_tree for this machine; of a copy, which nobody edits meanwhile."""
    tree = bazel.folder / "small_tree"
    if not tree.exists():
        shutil.copytree(TREE, tree)
    return f'path = "{tree}", targets = ["linux-x86_64"], {SYSTEM}'


def write_repositories(bazel: Bazel, folder: Path, **repositories: str) -> None:
    """A WORKSPACE with these portable_tensorflow_repository, each by what its attributes are."""
    folder.mkdir(parents=True, exist_ok=True)
    rules = [f'portable_tensorflow_repository(name = "{name}", {has})\n' for name, has in repositories.items()]
    (folder / "WORKSPACE").write_text(_WORKSPACE.format(opsieve=bazel.checkout) + "".join(rules))


def write_app(bazel: Bazel, folder: Path, attributes: str, platforms: tuple[str, ...] = ("host",)) -> None:
    """An app over the repository ``tf``; its models and its main.cc are still to come."""
    write_repositories(bazel, folder, tf=attributes)
    listed = ", ".join(f'"{name}"' for name in platforms)
    (folder / "BUILD").write_text(_BUILD.format(platforms=f"[{listed}]"))


def write_models(folder: Path, *models: Path) -> None:
    """Exactly these models for the app."""
    shutil.rmtree(folder / "models", ignore_errors=True)
    (folder / "models").mkdir()
    for model in models:
        shutil.copy(model, folder / "models")


def write_package(folder: Path, build: str) -> Path:
    """A package of the app, whose BUILD file loads what it uses; gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    used = ", ".join(f'"{name}"' for name in _RULES if f"{name}(" in build)
    head = f'load("@opsieve//rules:defs.bzl", {used})\npackage(default_visibility = ["//visibility:public"])\n'
    (folder / "BUILD").write_text(head + build)
    return folder


def disk_cache(bazel: Bazel) -> str:
    """The flag by which builds of a session share what they compile."""
    return f"--disk_cache={bazel.folder / 'portable-disk'}"
