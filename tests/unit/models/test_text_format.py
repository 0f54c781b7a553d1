"""Protobuf text format."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsieve.models import read_model
from opsieve.models.usage import FunctionRef, Node

from .protos import expected

if TYPE_CHECKING:
    from .conftest import Read, Refuse

PLAIN = """
node {
  name: "n"
  op: "Op"
  input: "a"
  input: "^b"
  attr {
    key: "T"
    value {
      type: DT_INT32
    }
  }
  attr {
    key: "Ts"
    value {
      list {
        type: DT_FLOAT
        type: DT_HALF
      }
    }
  }
  attr { key: "f" value { func { name: "F" attr { key: "U" value { placeholder: "T" } } } } }
  attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_content: "\\000\\377}\\"{" } } }
}
versions { producer: 21 }
"""
NODE = Node(
    "n",
    "Op",
    "",
    ("a", "^b"),
    {"T": "DT_INT32", "Ts": ("DT_FLOAT", "DT_HALF")},
    {"f": (FunctionRef("F", {"U": "$T"}),)},
)

SPELLINGS = {
    "plain": PLAIN,
    "windows": PLAIN.replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + PLAIN,
    "angle brackets": PLAIN.replace('\\000\\377}\\"{', "").replace("{", "<").replace("}", ">"),
    "one line, commas, no blanks": (
        'node{name:"n",op:"Op",input:["a","^b"],attr:[{key:"T",value:{type:3}},'
        '{key:"Ts";value{list{type:[1,DT_HALF]}}},{key:"f"value{func{name:"F"attr{key:"U"value{placeholder:"T"}}}}}]}'
        "versions{producer:0x15}"
    ),
    "comments": (
        '# a comment { " \'\nnode # here\n { # there\n name # everywhere\n : # }\n "n" # "\n op:"Op" '
        "input:[ # [\n 'a' # ]\n ,'^b']"
        "attr{key:'T' value{type # x\n :DT_INT32}}attr{key:'Ts' value{list{type:[DT_FLOAT # ]\n,DT_HALF]}}}"
        "attr{key:'f' value{func{name:'F' attr{key:'U' value{placeholder:'T'}}}}}"
        "attr{key:'v' value{tensor{float_val:[1,2,-inf] # }\n}}}}\nversions{producer:025}#"
    ),
    "strings": (
        "node { name: '' 'n' \"\" op: '\\117' \"\\x70\" input: '\\u0061' input: '\\U0000005e' 'b' "
        "experimental_debug_info { "
        "original_node_names: '\\'}' \"{\\\\\" 'x' }"
        "attr { key: 'T' value { tensor {} type: DT_INT32 } } "
        "attr { key: 'Ts' value { list { type: DT_FLOAT type: 19 } } }"
        "attr { key: 'f' value { func { name: 'F' attr { key: 'U' value { placeholder: 'T' } } } } } }"
        "versions { producer: 1 producer: 21 min_consumer: -5 bad_consumers: [ ] }"
    ),
    "unknown fields": PLAIN
    + 'debug_info { [type.googleapis.com/a.B] { x: 1 } [ext.y]: "z" u: 1.5e-3f v: -nan w: [<a: 1>] }',
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_the_same_graph(read: Read, name: str) -> None:
    model = read(SPELLINGS[name])
    assert model.nodes == (NODE,)
    assert (model.format, model.producer) == ("graphdef-text", 21)


def test_the_spellings_are_what_protobuf_reads() -> None:
    pytest.importorskip("tensorflow", reason="the tensorflow wheel is the oracle here")
    from google.protobuf import text_format
    from tensorflow.core.framework import graph_pb2

    for name, text in SPELLINGS.items():
        if name not in ("byte order mark", "unknown fields"):
            nodes, _, _, producer = expected(text_format.Merge(text, graph_pb2.GraphDef()))
            assert (nodes, producer) == ((NODE,), 21)


def test_a_oneof_of_which_the_last_wins(read: Read) -> None:
    text = 'node { name: "n" op: "Op" attr { key: "T" value { type: DT_FLOAT i: 3 } } }'
    assert read(text).nodes[0].types == {}


def test_metagraph_and_savedmodel(read: Read) -> None:
    meta = 'meta_info_def { tags: "serve" tensorflow_version: "1.15.0" stripped_op_list { op { name: "X" } } }'
    outputs = "outputs { key: 'y' value { name: 'n:0' dtype: DT_FLOAT } }"
    signature = f"signature_def {{ key: 's' value {{ {outputs} method_name: 'm' }} }}"
    collection = "collection_def { key: 'c' value { bytes_list { value: '}' } } }"
    body = f"{meta} graph_def {{ {PLAIN} }} {signature} {collection}"
    one = read(body)
    assert (one.format, one.nodes, one.tags, one.tensorflow_version) == ("metagraph", (NODE,), ("serve",), "1.15.0")
    assert one.signatures["s"].outputs == {"y": "n:0"}
    both = read(
        f"saved_model_schema_version: 1 meta_graphs {{ {body} }} meta_graphs {{ meta_info_def {{ tags: 'x' }} }}"
    )
    assert (both.format, both.nodes, both.tags) == ("savedmodel-text", (NODE,), ("serve",))


@pytest.mark.parametrize(
    ("text", "what", "place"),
    [
        ('node {\n  name: "n"\n', "the file ends before a '}'", "3:1"),
        ('node {\n  name: "n\n}', "not closed", "2:9"),
        ('node {\n  name "n"\n}', "expected ':'", "2:8"),
        ("node {\n  name: n\n}", "expected a string", "2:9"),
        ("node {\n  5\n}", "expected a field name or '}'", "2:3"),
        ('node {\n  name: "n" }\n}', "has no op", "1:7"),
        ('node { op: "O" attr { key: "T" value { type: FLOAT } } }', "'FLOAT' is not a dtype", "1:46"),
        ('node { op: "O" attr { key: "T" value { type: 1.5 } } }', "is not a dtype", "1:46"),
        ('node { op: "O" } versions { producer: x }', "'x' is not a whole number", "1:39"),
        ('node { op: "\\q" }', "unknown escape", "1:13"),
        ('node { op: "\\377" }', "not UTF-8", None),
        ("node: 5", "must be a message", "1:7"),
        ("node { debug { x: [ 1 > } }", "expected ']'", "1:23"),
        ("node { debug [ 1 2 ] }", "expected ',' or ']'", "1:18"),
        ("node {} }", "has no op", None),
        ('node { op: "O" } }', "expected a field name", "1:18"),
        ('node { op: "O" } x: "abc', "not closed", "1:21"),
        ('node { op: "O" } x { ', "not closed", "1:20"),
    ],
)
def test_mistakes_have_line_and_column(refuse: Refuse, text: str, what: str, place: str | None) -> None:
    error = refuse(text)
    assert what in error.message
    if place:
        assert f"(at {place})" in error.message


def test_nesting_is_bounded(refuse: Refuse) -> None:
    assert "nest deeper" in refuse("node { x " + "{ y " * 100_000).message
    nested = "value { func { attr { key: 'f' " * 5000
    assert "nest deeper" in refuse("node { attr { key: 'f' " + nested).message


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    """24 MB of tensors, with quotes, brackets and escapes in the contents."""
    content = "\\000\\\"{}'#\\\\" * 100_000
    file = tmp_path / "large"
    with file.open("w") as stream:
        for index in range(20):
            value = f'tensor {{ float_val: 1.5 tensor_content: "{content}" }}'
            stream.write(f'node {{ name: "n{index}" op: "Const" attr {{ key: "value" value {{ {value} }} }} }}\n')
    read_model(file)
    tracemalloc.start()
    try:
        assert len(read_model(file).nodes) == 20
        assert tracemalloc.get_traced_memory()[1] < 6 << 20
    finally:
        tracemalloc.stop()
