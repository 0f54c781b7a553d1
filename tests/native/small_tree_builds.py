"""Libraries that ``opsieve build`` makes of small_tree, whose objects are shared as those of one user are."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import opsieve
from e2e.built import TARGETS
from e2e.program import Program
from native.compilers import require

TREE = Path(__file__).parent / "small_tree"
_DEMO = Path(opsieve.__file__).parent / "data" / "demo"
MLP = _DEMO / "digits_mlp.pb"
CNN = _DEMO / "digits_cnn.pbtxt"
EXTRA_OPS = _DEMO / "extra_ops.yaml"

# A program that runs a model of one image, and tells how many outputs there are and whether they sum to one.
APP = """
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "tensorflow/core/framework/graph.pb.h"
#include "tensorflow/core/framework/tensor.h"
#include "tensorflow/core/public/session.h"

int main(int, char** arguments) {
  std::ifstream file(arguments[1], std::ios::binary);
  std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  tensorflow::GraphDef graph;
  if (!graph.ParseFromString(content)) return 2;
  std::unique_ptr<tensorflow::Session> session(tensorflow::NewSession(tensorflow::SessionOptions()));
  if (!session->Create(graph).ok()) return 3;
  tensorflow::Tensor images(tensorflow::DT_FLOAT, tensorflow::TensorShape({1, 8, 8, 1}));
  for (int i = 0; i < 64; ++i) images.flat<float>().data()[i] = 0.25f;
  std::vector<tensorflow::Tensor> outputs;
  if (!session->Run({{"images", images}}, {"Identity"}, {}, &outputs).ok()) return 4;
  float sum = 0;
  for (int i = 0; i < 10; ++i) sum += outputs[0].flat<float>().data()[i];
  std::cout << outputs[0].NumElements() << " " << (sum > 0.999f && sum < 1.001f) << "\\n";
}
"""

# What a build leaves that people link, run or ship.
ARTIFACTS = ("libsmall.a", "libsmall.so", "run_model", "stripped/libsmall.so", "stripped/run_model", "small.map")
_NM = {"linux-aarch64": "aarch64-linux-gnu-nm"}
_COMPILERS = {"linux-aarch64": "aarch64-linux-gnu-g++"}
_COMPILED = re.compile(r"\[ *\d+/\d+\] (\S+)")


@dataclass(frozen=True)
class Built:
    """The output folder of one build, and what the build compiled for it, as it was told."""

    folder: Path
    target: str
    compiled: frozenset[str]

    @property
    def program(self) -> Program:
        return Program(self.folder / "run_model", TARGETS[self.target])

    @property
    def shared(self) -> Path:
        return self.folder / "libsmall.so"

    @property
    def archive(self) -> Path:
        return self.folder / "libsmall.a"

    def digests(self) -> dict[str, str]:
        return {name: hashlib.sha256((self.folder / name).read_bytes()).hexdigest() for name in ARTIFACTS}

    def symbols(self, path: Path, *options: str) -> list[str]:
        """What nm lists, without addresses; names as in the sources."""
        command = [_NM.get(self.target, "nm"), "-C", *options, str(path)]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return [line[16:].strip() if line[:1] in "0123456789abcdef" else line.strip() for line in listed.splitlines()]


@dataclass
class Workshop:
    """Builds for one target. Each list of models is built once; ``objects`` are shared by all builds."""

    target: str
    folder: Path
    third_party: tuple[str, ...]
    _built: dict[tuple[Path, ...], Built] = field(default_factory=dict)

    @property
    def objects(self) -> Path:
        return self.folder / "objects"

    def library(self, *models: Path) -> Built:
        """The library for some models, built when it is first asked for."""
        if models not in self._built:
            self._built[models] = self.build(self.folder / f"library {len(self._built)}", *models)
        return self._built[models]

    def build(self, output: Path, *models: Path, more: Sequence[str] = ()) -> Built:
        """A build that has to succeed."""
        done = subprocess.run(self.command(output, *models, more=more), capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"status {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
        return self.finished(output)

    def command(self, output: Path, *models: Path, more: Sequence[str] = ()) -> list[str | Path]:
        """The command line of a build."""
        command: list[str | Path] = [sys.executable, "-m", "opsieve", "build", *models, "--tensorflow", TREE]
        command += ["--target", self.target, "--name", "small", "--objects", self.objects]
        return [*command, *self.third_party, *more, "-o", output]

    def finished(self, output: Path) -> Built:
        """What the last build of a folder left there."""
        log = output / "build" / "build.log"
        compiled = _COMPILED.findall(log.read_text()) if log.is_file() else ()
        return Built(output, self.target, frozenset(compiled))


def workshop(target: str, folder: Path) -> Workshop:
    """Skips where this machine cannot build for the target, or run what was built."""
    require("make")
    require(_COMPILERS.get(target, "g++"))
    emulator = TARGETS[target]
    if emulator:
        require(emulator[0])
    return Workshop(target, folder, _third_party(target))


def _third_party(target: str) -> tuple[str, ...]:
    """Protobuf, all that the tree needs. The system's saves the host a minute; others compile the fetched one."""
    if target not in _COMPILERS and shutil.which("protoc") and Path("/usr/include/google/protobuf/message.h").is_file():
        return ("--third-party", "protobuf=system")
    command = [sys.executable, "-m", "opsieve", "deps", "fetch", "--tensorflow", str(TREE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "cannot be fetched" in done.stderr:
        pytest.skip(f"protobuf's sources are not here and {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return ()
