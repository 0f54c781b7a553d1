"""What Bazel's compilations are told beside Make's flags changes no code, by the compilers' assembly."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from e2e.built import TARGETS
from opsieve.build.bazel.target import bazel_target
from opsieve.build.makefiles.options import Options, code_flags
from opsieve.build.plan import Group

# Calls, tables, arrays on the stack and what the C library checks: all that such flags are about.
_SOURCE = """\
#include <cstdio>
#include <cstring>
#include <map>
#include <string>

struct Shape {
  virtual ~Shape() = default;
  virtual int Area(int* sides) const = 0;
};

int Sum(const Shape& shape, const char* text, int count) {
  int sides[16];
  char copy[64];
  std::strcpy(copy, text);
  std::sprintf(copy + 8, "%d", count);
  for (int i = 0; i < 16; ++i) sides[i] = count * copy[i];
  return shape.Area(sides) + shape.Area(sides + count);
}

std::map<std::string, int> Count(const std::string& text) {
  std::map<std::string, int> counted;
  for (size_t i = 0; i + 2 < text.size(); ++i) ++counted[text.substr(i, 2)];
  return counted;
}
"""


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_bazel_compiles_to_the_code_that_make_does(name: str, tmp_path: Path) -> None:
    target = bazel_target(name, "//rules/platforms")
    toolchain = target.toolchain
    if not toolchain.cxx:
        pytest.skip(f"no compiler for {name} is installed")
    (tmp_path / "x.cc").write_text(_SOURCE)
    make = (*toolchain.compile_flags, *code_flags(Options(), toolchain), *toolchain.cxx_flags)
    # What a tool chain of Bazel's adds with --compilation_mode=dbg or opt, before the flags of a target.
    of_its_own = ("-U_FORTIFY_SOURCE", "-fstack-protector", "-Wall", "-fno-omit-frame-pointer", "-g")

    def assembly(*flags: str) -> str:
        command = [*toolchain.cxx, *flags, "-S", "-o", "-", "x.cc"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    by_bazel = target.cxx_flags(Group("kernels"))
    assert assembly(*of_its_own, *by_bazel) == assembly(*make)
    assert assembly(*of_its_own, *make) != assembly(*make)
