"""Which source seems to define a symbol: names as demanglers write them, sources as TensorFlow's are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsieve.build.definitions import Sought, defines, find_definitions, sought


@pytest.mark.parametrize(
    ("demangled", "expected"),
    [
        ("tensorflow::Graph::AddNode(tensorflow::NodeDef, tsl::Status*)", Sought("Graph", "AddNode", "", True)),
        (
            "tensorflow::functor::Fill<Eigen::ThreadPoolDevice, float>::operator()(Eigen::ThreadPoolDevice const&)",
            Sought("Fill", "operator()", "Fill", True),
        ),
        ("void tensorflow::Cast<float>(std::function<int (int)> const&)", Sought("tensorflow", "Cast", "Cast", True)),
        ("tensorflow::operator<<(std::ostream&, tensorflow::T const&)", Sought("tensorflow", "operator<<", "", True)),
        ("vtable for tensorflow::BinaryOpShared", Sought("BinaryOpShared", "", "", True, member=True)),
        ("non-virtual thunk to tensorflow::Queue::Close(int)", Sought("Queue", "Close", "", True)),
        ("tensorflow::(anonymous namespace)::Local::~Local()", Sought("Local", "~Local", "", True)),
        ("tsl::str_util::Join[abi:cxx11](int) [clone .part.0]", Sought("str_util", "Join", "", True)),
        ("tensorflow::kVersion", Sought("tensorflow", "kVersion", "", False)),
        ("deflate", Sought("", "deflate", "", False)),
        ("", None),
        ("???", None),
    ],
)
def test_what_is_sought(demangled: str, expected: Sought | None) -> None:
    assert sought(demangled) == expected


_SOURCE = b"""
// A comment says Elsewhere(int) {
#include "x.h"
namespace tensorflow {
/* Adds
   one. */
Node* Graph::AddNode(NodeDef def,
                     Status* status = nullptr) const TF_LOCKS_EXCLUDED(mu_) {
  if (Elsewhere(1)) { return Called(2); }
  Other::Method(3);
  for (int each : Listed(def)) {
  }
  int local = kElsewhere;
}
Graph::Graph(int size) : size_(size) {}
Graph::~Graph() = default;
std::vector<string> SplitAll(StringPiece text, const std::function<bool(int)>& keep) {
}
template struct functor::Fill<CPUDevice, float>;
extern template struct functor::Gone<CPUDevice, float>;
#define DEFINE(T) \\
  template struct Cast<CPUDevice, T>;
const char* const kVersion = "1";
extern const char* const kElsewhere;
ostream& operator<<(ostream& os, const Thing& x) { return os; }
int Declared(int x);
}
int ZEXPORT deflateInit_(strm, level)
z_streamp strm;
int level;
{
}
"""


@pytest.mark.parametrize(
    ("demangled", "expected"),
    [
        ("tensorflow::Graph::AddNode(tensorflow::NodeDef, tsl::Status*) const", True),
        ("tensorflow::Graph::Graph(int)", True),
        ("vtable for tensorflow::Graph", True),
        ("tensorflow::SplitAll(absl::string_view, std::function<bool (int)> const&)", True),
        ("tensorflow::functor::Fill<CPUDevice, float>::operator()(int)", True),
        ("tensorflow::Cast<CPUDevice, float>::operator()(int)", True),
        ("tensorflow::kVersion", True),
        ("tensorflow::operator<<(std::ostream&, tensorflow::Thing const&)", True),
        ("deflateInit_", True),
        ("tensorflow::Elsewhere(int)", False),
        ("tensorflow::Called(int)", False),
        ("tensorflow::Listed(tensorflow::NodeDef)", False),
        ("tensorflow::Other::Method(int)", False),
        ("tensorflow::Other::AddNode(int)", False),
        ("tensorflow::functor::Gone<CPUDevice, float>::operator()(int)", False),
        ("tensorflow::kElsewhere", False),
        ("tensorflow::Declared(int)", False),
        ("vtable for tensorflow::Other", False),
    ],
)
def test_what_a_source_defines(demangled: str, expected: bool) -> None:
    wanted = sought(demangled)
    assert wanted is not None
    assert defines(_SOURCE, wanted) == expected


def test_sources_of_a_tree_and_of_packages(tmp_path: Path) -> None:
    texts = {
        "tree/tensorflow/core/a.cc": "int tensorflow::Found(int x) { return x; }",
        "tree/tensorflow/core/a_test.cc": "int tensorflow::Found(int x) { return x; }",
        "tree/tensorflow/core/a.cu.cc": "int tensorflow::Found(int x) { return x; }",
        "tree/elsewhere/a.cc": "int tensorflow::Found(int x) { return x; }",
        "package/src/b.c": "int in_package(int x) { return x; }",
        **{f"package/src/many{number}.c": "int many(int x) { return x; }" for number in range(9)},
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    symbols = {"_Z5Found": "tensorflow::Found(int)", "in_package": "in_package", "many": "many", "absent": "absent"}
    folders = {"tensorflow": tmp_path / "tree", "package": tmp_path / "package", "missing": tmp_path / "missing"}
    assert find_definitions(symbols, folders) == {
        "_Z5Found": [("tensorflow", "tensorflow/core/a.cc")],
        "in_package": [("package", "src/b.c")],
    }
    assert find_definitions(symbols, folders, seconds=-1) == {}
