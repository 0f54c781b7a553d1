"""The names that a header declares."""

from __future__ import annotations

import pytest

from opsieve.tree.linking.declared import declared_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("namespace tensorflow { namespace functor { void Run(int a, Tensor* b); } }", {"Run"}),
        ("template <typename T, class U = Map<int, T>> struct Fill { void operator()(); int x; };", {"Fill"}),
        ("class TF_EXPORT Session : public Base { public: void Close(); };", {"Session"}),
        ("class TF_LOCKABLE(mutex) Lock { };", {"Lock"}),
        ("enum class Kind : int { kOne, kTwo };", {"Kind"}),
        # Announced or specialized here, declared elsewhere.
        ("class OpKernelContext; struct traits<int> { static int f(); };", set()),
        ('extern "C" { TF_CAPI_EXPORT extern void TF_Close(TF_Session*); }', {"TF_Close"}),
        ("inline int Two() { return Other(1); } extern const char* const kName;", {"Two", "kName"}),
        ("using Alias = std::vector<int>; using other::Thing; typedef void (*Fn)(int); typedef int Count;",
         {"Alias", "Thing", "Fn", "Count"}),
        ("typedef std::function<void(OpKernelContext*, const Tensor&)> CastFunctorType;", {"CastFunctorType"}),
        ("static const int kSizes[] = {1, 2}; int after;", {"kSizes", "after"}),
        ("TF_DECLARE_OP(MyOp); Status Check(const Node& def) MUST_USE;", {"TF_DECLARE_OP", "MyOp", "Check"}),
        ('const char kText[] = "class Quoted { void f(); };"; char c = \'{\';', {"kText", "c"}),
        ("", set()),
    ],
)  # fmt: skip
def test_names(text: str, names: set[str]) -> None:
    found = declared_names(text)
    assert found is not None
    assert found >= names
    # More than the names is allowed where a macro's arguments may be names, not elsewhere.
    assert found - names <= {"TF_CAPI_EXPORT", "TF_LOCKABLE", "Count", "int"}


@pytest.mark.parametrize("text", ["struct X {", "void f() { } }", "namespace a {", "{{{"])
def test_what_does_not_match_cannot_be_told(text: str) -> None:
    assert declared_names(text) is None
