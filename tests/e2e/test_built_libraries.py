"""Libraries built from a source tree run their models as TensorFlow does in Python, and refuse others by name.

They need the packages of `opsieve deps fetch`. The first library of a target takes minutes; its objects are kept where
opsieve keeps them, and shared by the others and by the next run.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from e2e import built, zoo
from e2e.answers import answers
from e2e.program import largest_difference, outputs

_MODELS = (
    "mlp",
    "mobilenet_v1",
    "mobilenet_v2",
    "inception_v3",
    "lstm",
    "branches",
    "functions_not_inlined",
    "guesslang",
)
# An emulator is slow, and what differs between machines is in the kernels of these.
_EMULATED = ("mlp", "mobilenet_v1", "branches")
_RUNS = [("linux-x86_64", name) for name in _MODELS] + [
    (target, name) for target in ("linux-aarch64", "linux-armv7") for name in _EMULATED
]
# For each library, a model that it was not built for.
_OTHERS = {"mlp": "branches", "mobilenet_v1": "lstm", "branches": "mobilenet_v1"}

Build = Callable[[str, str], built.Library]


@pytest.fixture(scope="module")
def tree(tensorflow: Any) -> Path:
    return built.tree_of(tensorflow.__version__)


@pytest.fixture(scope="module")
def build(tree: Path, model_path: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Build:
    """A function from a target and a model's name to its library, which is built once."""

    @functools.cache
    def library(target: str, name: str) -> built.Library:
        built.require_target(target)
        return built.build([model_path(name)], tree, target, tmp_path_factory.mktemp(f"{target}-{name}"))

    return library


@pytest.mark.parametrize(("target", "name"), _RUNS)
def test_answers_as_python_does(
    target: str,
    name: str,
    build: Build,
    model_path: Callable[[str], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    library, path = build(target, name), model_path(name)
    apart = 0.0
    for number, answer in enumerate(answers(name, path, zoo.MODELS[name].format, tmp_path)):
        found = outputs(library.program, path, answer, tmp_path / str(number))
        assert largest_difference(found, answer.outputs) < 1e-5
        # Of a softmax that answers alike to everything, only its input tells whether the network was computed: dozens
        # of layers of float32, summed in another order.
        assert largest_difference(found, answer.scores) < 1e-4
        apart = max(apart, largest_difference(found, {**answer.outputs, **answer.scores}))
    with capsys.disabled():
        print(f"\n{target} {name}: {library.stripped:,} bytes stripped, at most {apart:.1e} from Python", end="")


@pytest.mark.parametrize(("name", "other"), _OTHERS.items())
def test_refuses_a_model_that_it_was_not_built_for(
    name: str, other: str, tree: Path, build: Build, model_path: Callable[[str], Path]
) -> None:
    library, path = build("linux-x86_64", name), model_path(other)
    said = built.check(path, library.shared, tree)
    assert said.returncode == 1
    assert said.stdout.startswith("gap: ")

    done = library.program.run(path)
    assert done.returncode == 1
    named = re.search(
        r"this library (?:does not have the op|has no kernel for these types of the op) (\w+)", done.stderr
    )
    assert named, done.stderr
    assert re.search(rf"\b{named[1]}\b", said.stdout)


@pytest.mark.parametrize("name", sorted(_OTHERS))
def test_check_finds_no_gap_for_its_own_model(
    name: str, tree: Path, build: Build, model_path: Callable[[str], Path]
) -> None:
    said = built.check(model_path(name), build("linux-x86_64", name).shared, tree)
    assert (said.returncode, said.stdout) == (0, "")
