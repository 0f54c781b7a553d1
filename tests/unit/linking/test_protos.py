""".proto files read without protoc."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsieve.errors import OpsieveError
from opsieve.tree.linking.protos import Enum, ProtoFiles

from .small_build import write_tree


def test_what_a_file_declares(tmp_path: Path) -> None:
    text = """
      syntax = "proto2"; package a.b;
      import public "c.proto"; import weak 'd.proto';
      option (x) = { message: "message NotOne { }" };
      /* message Commented {} */
      message Outer { // enum Commented { A = 1; }
        message Inner { enum Deep { ZERO = 0; MINUS = -1; HEX = 0x10 [(o) = "}"]; } map<string, Inner> m = 1; }
        oneof choice { string message = 2; int32 enum = 3; }
        extensions 100 to max; reserved 5;
      }
      enum Top { option allow_alias = true; X = 0; Y = 0; reserved 7; }
      service S { rpc Do(Outer) returns (Outer) { option y = 1; } }
    """
    write_tree(tmp_path, {"p/x.proto": text})
    found = ProtoFiles(tmp_path).find("p/x.proto")
    assert found is not None
    assert (found.package, found.imports) == ("a.b", ("c.proto", "d.proto"))
    assert found.messages == ("Outer", "Outer_Inner")
    assert found.enums == (
        Enum("Outer_Inner_Deep", (("ZERO", 0), ("MINUS", -1), ("HEX", 16))),
        Enum("Top", (("X", 0), ("Y", 0))),
    )


def test_imports_are_followed_through_every_root(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "tensorflow/a.proto": 'import "xla/b.proto";',
            "third_party/xla/xla/b.proto": 'import "tensorflow/a.proto"; import "google/protobuf/any.proto";',
        },
    )
    found, absent = ProtoFiles(tmp_path).closure(["tensorflow/a.proto", "none.proto"])
    assert [(proto.root, proto.path) for proto in found.values()] == [
        ("", "tensorflow/a.proto"),
        ("third_party/xla", "third_party/xla/xla/b.proto"),
    ]
    assert absent == {"google/protobuf/any.proto": "third_party/xla/xla/b.proto", "none.proto": ""}


def test_no_name_leads_out_of_the_tree(tmp_path: Path) -> None:
    write_tree(tmp_path, {"secret.proto": "message Secret {}"})
    tree = tmp_path / "tree"
    tree.mkdir()
    files = ProtoFiles(tree)
    assert files.find("../secret.proto") is None
    assert files.find(str(tmp_path / "secret.proto")) is None


@pytest.mark.parametrize(("text", "why"), [("}", "without an opening one, at byte 0"), ("{" * 100, "nest deeper")])
def test_what_is_no_proto_file_is_refused(tmp_path: Path, text: str, why: str) -> None:
    write_tree(tmp_path, {"x.proto": text})
    with pytest.raises(OpsieveError, match=rf"^x\.proto: .*{why}"):
        ProtoFiles(tmp_path).find("x.proto")


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("tensorflow/core/framework/types.proto", "tensorflow.core.framework.types_pb2"),
        ("tensorflow/core/protobuf/config.proto", "tensorflow.core.protobuf.config_pb2"),
        ("tensorflow/core/framework/attr_value.proto", "tensorflow.core.framework.attr_value_pb2"),
    ],
)
def test_the_file_as_protoc_read_it(tmp_path: Path, tensorflow: object, name: str, module: str) -> None:
    """protoc's own descriptor, printed as a .proto file, is read back to the same names and numbers."""
    import importlib

    descriptor = importlib.import_module(module).DESCRIPTOR
    write_tree(tmp_path, {name: _printed(descriptor)})
    found = ProtoFiles(tmp_path).find(name)
    assert found is not None
    enums, messages = _declared(descriptor)
    assert {enum.name: enum.values for enum in found.enums} == enums
    assert set(found.messages) == messages
    assert set(found.imports) == {each.name for each in descriptor.dependencies}


def _printed(descriptor: object) -> str:
    from google.protobuf import descriptor_pb2

    proto = descriptor_pb2.FileDescriptorProto()
    descriptor.CopyToProto(proto)  # type: ignore[attr-defined]
    lines = ['syntax = "proto3";', f"package {proto.package};"]
    lines += [f'import "{name}";' for name in proto.dependency]

    def enum(each: descriptor_pb2.EnumDescriptorProto) -> str:
        return f"enum {each.name} {{ {' '.join(f'{value.name} = {value.number};' for value in each.value)} }}"

    def message(each: descriptor_pb2.DescriptorProto) -> str:
        inner = [message(nested) for nested in each.nested_type if not nested.options.map_entry]
        inner += [enum(nested) for nested in each.enum_type]
        inner += [f"T {field.name} = {field.number};" for field in each.field]
        return f"message {each.name} {{ {' '.join(inner)} }}"

    lines += [enum(each) for each in proto.enum_type] + [message(each) for each in proto.message_type]
    return "\n".join(lines)


def _declared(descriptor: object) -> tuple[dict[str, tuple[tuple[str, int], ...]], set[str]]:
    enums: dict[str, tuple[tuple[str, int], ...]] = {}
    messages: set[str] = set()

    def visit(holder: object, prefix: str) -> None:
        kinds = holder.enum_types_by_name if hasattr(holder, "enum_types_by_name") else {}
        for name, enum in kinds.items():
            enums[prefix + name] = tuple((value.name, value.number) for value in enum.values)
        nested = getattr(holder, "message_types_by_name", None) or getattr(holder, "nested_types_by_name", {})
        for name, message in nested.items():
            if not message.GetOptions().map_entry:
                messages.add(prefix + name)
                visit(message, f"{prefix}{name}_")

    visit(descriptor, "")
    return enums, messages
