"""The plan of a library: what sees the selection and what does not, and how third-party packages are compiled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from opsieve.build.manifest import GeneratedFile, Manifest, Need, RuntimeSource
from opsieve.build.plan import Group, Plan
from opsieve.build.planning import Ingredients, make_plan
from opsieve.build.provided import ThirdParty
from opsieve.errors import OpsieveError

_MANIFEST = Manifest(
    version="2.14.0",
    configuration="linux",
    sources=(
        RuntimeSource("tensorflow/core/framework/tensor.cc", ("//tensorflow/core:mobile_srcs",)),
        RuntimeSource("tensorflow/core/framework/dataset.cc", ("//tensorflow/core:mobile_srcs",), registers=True),
    ),
    protos=("tensorflow/core/framework/graph.proto",),
    proto_roots=(".",),
    generated=(GeneratedFile("tensorflow/core/util/version_info.cc", "int x;\n", compiled=True),),
    includes=(".",),
    defines=("IS_MOBILE_PLATFORM",),
    third_party=(Need("protobuf", ()), Need("zlib", ())),
    flags=("-std=c++17",),
    interface=("tensorflow/core/public/session.h",),
)
_PROTOBUF = ThirdParty(
    "protobuf",
    "3.21.12",
    "given",
    Path("/packages/protobuf"),
    includes=("src",),
    sources=("src/a.cc",),
    defines=("HAVE_PTHREAD",),
    private_includes=("private",),
    needs=("zlib",),
    public_defines=("PUBLIC=1",),
    tools={"protoc": Path("/usr/bin/protoc")},
)
_ZLIB = ThirdParty("zlib", "1.3", "system", Path("/usr"), includes=("include",), libraries=("-lz",))
_SELECTED = {
    "tensorflow/core/kernels/a.cc": "header of a",
    "tensorflow/core/kernels/helper.cc": "nothing",
    "tensorflow/core/framework/dataset.cc": "nothing",
    "my_ops/own.cc": "header of own",
}


def _plan(**changes: object) -> Plan:
    given = Ingredients(
        name="app",
        tree=Path("/tree"),
        manifest=_MANIFEST,
        third_party=(_PROTOBUF, _ZLIB),
        selected=_SELECTED,
        folders={"my_ops": Path("/home/me/my_ops")},
    )
    return make_plan(replace(given, **changes))  # type: ignore[arg-type]


def _group(plan: Plan, name: str) -> Group:
    return next(group for group in plan.groups if group.name == name)


def test_only_what_registers_sees_the_selection() -> None:
    plan = _plan()
    units = {(unit.root, unit.source): unit for unit in plan.units}
    assert units["tensorflow", "tensorflow/core/framework/tensor.cc"].group == "core"
    assert not units["tensorflow", "tensorflow/core/framework/tensor.cc"].header
    for path in ("tensorflow/core/kernels/a.cc", "tensorflow/core/framework/dataset.cc"):
        unit = units["tensorflow", path]
        assert unit.group == "selected"
        assert plan.headers[unit.header] == _SELECTED[path]
    assert "SELECTIVE_REGISTRATION" in _group(plan, "selected").defines
    assert "SELECTIVE_REGISTRATION" not in _group(plan, "core").defines
    assert len(plan.units) == len(units)


def test_all_registers_where_no_header_is_given() -> None:
    plan = _plan(selected=dict.fromkeys(_SELECTED, ""))
    assert plan.headers == {}
    assert "SELECTIVE_REGISTRATION" not in _group(plan, "selected").defines


def test_a_users_own_folder_is_a_root_of_its_own() -> None:
    plan = _plan()
    (own,) = (unit for unit in plan.units if unit.source == "own.cc")
    assert plan.roots[own.root] == Path("/home/me/my_ops")
    assert (own.root, ".") in _group(plan, "selected").includes


def test_a_package_is_compiled_with_its_own_folders_and_those_it_needs() -> None:
    plan = _plan()
    group = _group(plan, "protobuf")
    assert group.includes == (("protobuf", "private"), ("protobuf", "src"))
    assert group.system_includes == (("zlib", "include"),)
    assert set(group.defines) == {"HAVE_PTHREAD", "PUBLIC=1"}
    assert "HAVE_PTHREAD" not in _group(plan, "core").defines
    assert "PUBLIC=1" in _group(plan, "core").defines
    assert plan.libraries == ("-lz",)
    assert all(group.name != "zlib" for group in plan.groups)


def test_the_runner_brings_the_interface(tmp_path: Path) -> None:
    (tmp_path / "main.cc").write_text("int main() {}\n")
    plan = _plan(runner=tmp_path)
    assert plan.generated[plan.interface] == '#include "tensorflow/core/public/session.h"\n'
    assert {unit.source for unit in plan.units if unit.group == "run_model"} == {"main.cc", plan.interface}
    assert not _plan().interface


def test_protos_find_those_of_protobuf(tmp_path: Path) -> None:
    """protoc knows its own .proto files only where it was installed with them."""
    assert not _plan().proto_imports
    (tmp_path / "src/google/protobuf").mkdir(parents=True)
    (tmp_path / "src/google/protobuf/descriptor.proto").write_text('syntax = "proto2";\n')
    includes = ("third_party/utf8_range", "src")
    plan = _plan(third_party=(replace(_PROTOBUF, root=tmp_path, includes=includes), _ZLIB))
    assert plan.proto_imports == (("protobuf", "src"),)
    # They are part of protobuf's own sources, and not compiled again.
    assert plan.protos == _MANIFEST.protos
    assert plan.proto_roots == (("tensorflow", "."),)


def test_protos_need_protoc() -> None:
    with pytest.raises(OpsieveError, match="protoc"):
        _plan(third_party=(replace(_PROTOBUF, tools={}), _ZLIB))
