"""The selection as a whole: reasons, sources, what is unresolved, and its order."""

from __future__ import annotations

import itertools
import random
import time

from opsieve.models.usage import Model, OpRequest, TypeParameter
from opsieve.selection.select import select
from opsieve.selection.selection import Reason, Selection, Source
from opsieve.tree.index import Attr, Helper, Index, Skipped
from unit.selection.build import FLOAT, INT32, INT64, STRING, function, index, kernel, model, node, op, ref

ADD = (op("Add", "T"), kernel("Add", T=FLOAT), kernel("Add", T=INT32))


def chosen(*models: Model, tree: Index, **options: object) -> Selection:
    return select(models, tree, source="tree", runtime={"grappler": False}, **options)  # type: ignore[arg-type]


def texts(selection: Selection) -> list[str]:
    return [one.class_text for one in selection.kernels]


def whys(selection: Selection) -> list[str]:
    return [one.why for one in selection.unresolved]


def test_one_kernel_for_one_node() -> None:
    selection = chosen(model(node("Add", "sum", T=FLOAT)), tree=index(*ADD))
    (kernel_,) = selection.kernels
    assert (kernel_.class_text, kernel_.device, kernel_.constraints) == ("AddOp<DT_FLOAT>", "CPU", {"T": (FLOAT,)})
    assert kernel_.reasons == (Reason("m.pb", "", "sum", types=(("T", (FLOAT,)),)),)
    assert [one.name for one in selection.ops] == ["Add"]
    assert not selection.unresolved


def test_nodes_on_other_devices_count() -> None:
    selection = chosen(model(node("Add", device="/job:w/device:TPU:0", T=FLOAT)), tree=index(*ADD))
    assert texts(selection) == ["AddOp<DT_FLOAT>"]


def test_reasons_are_one_per_function_with_a_count() -> None:
    body = function("F", [], node("Add", "z", T=FLOAT), node("Add", "y", T=FLOAT))
    main = [node("Add", f"n{number}", T=FLOAT) for number in range(94)]
    selection = chosen(model(*main, functions=[body]), tree=index(*ADD))
    assert selection.kernels[0].reasons == (
        Reason("m.pb", "", "n0", "and 93 more nodes", (("T", (FLOAT,)),)),
        Reason("m.pb", "F", "y", "and 1 more node", (("T", (FLOAT,)),)),
    )


def test_a_call_of_a_library_function_is_no_op() -> None:
    body = function("Add", ["T"], node("Add", "recursive", T="$T"))
    selection = chosen(model(node("Add", T=FLOAT), functions=[body]), tree=index())
    assert not selection.ops
    assert not selection.unresolved


def test_an_unbound_placeholder_says_so_in_the_rule() -> None:
    body = function("F", [TypeParameter("T", False, (FLOAT, STRING))], node("Add", "a", T="$T"))
    selection = chosen(model(functions=[body]), tree=index(*ADD))
    assert texts(selection) == ["AddOp<DT_FLOAT>"]
    assert selection.kernels[0].reasons[0].rule == "every kernel that could match: $T is not bound"
    # The op itself is certain.
    assert selection.ops[0].reasons[0].rule == ""


def test_an_op_of_another_tree() -> None:
    tree = index(*ADD, op("AddN", "T"))
    selection = chosen(model(node("Addd", T=FLOAT)), tree=tree, alternatives={"desktop": index(op("Addd"))})
    (why,) = whys(selection)
    assert 'op Addd is not defined in this tree under "mobile"' in why
    assert 'it is under "desktop"' in why
    assert "the nearest: Add, AddN" in why
    assert "--sources" in why
    assert selection.unresolved[0].types == {"T": (FLOAT,)}


def test_a_dtype_no_kernel_takes() -> None:
    wide = index(op("Add", "T"), kernel("Add", T=INT64), preset="desktop")
    selection = chosen(model(node("Add", T=INT64)), tree=index(*ADD), alternatives={"desktop": wide, "slim": index()})
    assert whys(selection) == [
        'Add has no kernel for T=DT_INT64 in this tree under "mobile"; there is one under "desktop"; '
        "its kernels take T in DT_FLOAT, DT_INT32"
    ]
    assert selection.unresolved[0].types == {"T": (INT64,)}
    # The graph can still be imported, which needs the op definition.
    assert [one.name for one in selection.ops] == ["Add"]


def test_a_combination_no_kernel_takes() -> None:
    tree = index(op("Cast", "S", "D"), kernel("Cast", S=FLOAT, D=INT32), kernel("Cast", S=INT32, D=FLOAT))
    (why,) = whys(chosen(model(node("Cast", S=FLOAT, D=FLOAT)), tree=tree))
    assert "no kernel takes these together; the nearest takes D in DT_" in why


def test_kernels_for_other_devices_or_labels_are_named() -> None:
    tree = index(op("A"), kernel("A", device="GPU"), op("B"), kernel("B", label="fast"))
    assert whys(chosen(model(node("A"), node("B")), tree=tree)) == [
        'A has no kernel in this tree under "mobile"; its kernels are for GPU only',
        'B has no kernel in this tree under "mobile"; its kernels have the label fast',
    ]


def test_a_registration_that_could_not_be_read_is_named() -> None:
    tree = index(op("A"))
    tree.skipped = (Skipped('REGISTER("A", x())', "a.cc", 7, "x is not a macro"),)
    (why,) = whys(chosen(model(node("A")), tree=tree))
    assert "a.cc:7 could not be read: x is not a macro" in why


def test_a_lookup_tensorflow_refuses_is_unresolved() -> None:
    (why,) = whys(chosen(model(node("Add")), tree=index(*ADD)))
    assert "TensorFlow would refuse Add" in why
    assert "attr T" in why


def test_a_function_that_is_not_there() -> None:
    tree = index(op("If", Attr("then_branch", "func")), kernel("If"))
    call = node("If", calls={"then_branch": ref("lost"), "_ignored": ref("gone")})
    (one,) = chosen(model(call), tree=tree).unresolved
    assert one.op == "lost"
    assert "If calls function lost" in one.why


def test_symbolic_gradient_may_name_an_op() -> None:
    """InstantiateSymbolicGradient looks for a function, then for the gradient of an op of that name."""
    tree = index(op("SymbolicGradient", Attr("f", "func")), kernel("SymbolicGradient"), *ADD)
    calls = [node("SymbolicGradient", name, calls={"f": ref(name)}) for name in ("Add", "Nothing")]
    assert [one.op for one in chosen(model(*calls), tree=tree).unresolved] == ["Nothing"]


def test_nodes_that_differ_in_their_label_only() -> None:
    tree = index(op("A"), kernel("A", "plain"), kernel("A", "fast", label="fast"))
    selection = chosen(model(node("A", "a"), node("A", "b", label="fast")), tree=tree)
    assert [(one.class_text, one.reasons[0].node) for one in selection.kernels] == [("fast", "b"), ("plain", "a")]


def test_the_same_preset_with_other_defines_is_an_alternative() -> None:
    tree = index(op("A"), defines={"SMALL": "1"})
    (why,) = whys(chosen(model(node("A")), tree=tree, alternatives={"mobile": index(op("A"), kernel("A"))}))
    assert 'there is one under "mobile" without further defines' in why


def test_alternatives_are_asked_only_when_something_is_missing() -> None:
    asked = []

    def alternatives(ops: frozenset[str]) -> dict[str, Index]:
        asked.append(ops)
        return {}

    chosen(model(node("Add", T=FLOAT)), tree=index(*ADD), alternatives=alternatives)
    assert not asked
    chosen(model(node("Add", T=INT64), node("Sub")), tree=index(*ADD), alternatives=alternatives)
    assert asked == [{"Add", "Sub"}]


def test_an_op_allowed_by_name_is_marked() -> None:
    selection = chosen(model(node("X"), node("Y")), tree=index(), allow_unresolved=["X"])
    assert [(one.op, one.allowed) for one in selection.unresolved] == [("X", True), ("Y", False)]


def test_an_op_that_a_pass_replaces_needs_no_kernel() -> None:
    selection = chosen(model(node("AccumulateNV2", T=FLOAT)), tree=index(op("AccumulateNV2", "T")))
    assert [one.name for one in selection.ops] == ["AccumulateNV2"]
    assert "AccumulateNV2RemovePass" in selection.ops[0].reasons[0].rule
    assert not selection.unresolved


def test_sources_are_kernel_and_op_files_each_once() -> None:
    tree = index(
        op("A", file="ops/a.cc"),
        kernel("A", file="k/ab.cc"),
        op("B", file="k/ab.cc"),
        kernel("B", file="k/ab.cc"),
        op("_Arg", file="ops/f.cc", system=True),
        kernel("_Arg", file="k/f.cc", system=True),
        kernel("_Arg", file="k/gpu.cc", device="GPU", system=True),
        op("_Other", file="ops/c.cc"),
        op("C", file="ops/c.cc"),
        kernel("C", file="k/c.cc"),
    )
    sources = chosen(model(node("A", "a"), node("B", "b")), tree=tree).sources
    assert [(one.path, one.kind, one.reasons) for one in sources] == [
        ("k/ab.cc", "kernel", ("A", "B")),
        ("k/f.cc", "kernel", ("system",)),
        ("ops/a.cc", "op", ("A",)),
        ("ops/f.cc", "op", ("system",)),
    ]


def test_what_a_file_needs_to_link_is_a_source_with_its_reason() -> None:
    tree = index(
        op("A", file="ops/a.cc"), kernel("A", file="k/a.cc"), op("B", file="k/b.cc"), kernel("B", file="k/b.cc")
    )
    tree.helpers = {
        "k/a.cc": (Helper("k/shared.cc", "a.cc includes shared.h"), Helper("k/b.cc", "a.cc includes b.h")),
        "k/b.cc": (Helper("k/shared.cc", "b.cc includes shared.h"),),
    }
    alone = {one.path: one for one in chosen(model(node("A")), tree=tree).sources}
    assert alone["k/shared.cc"] == Source("k/shared.cc", "helper", ("A",), ("a.cc includes shared.h",))
    assert alone["k/b.cc"].kind == "helper"
    both = {one.path: one for one in chosen(model(node("A", "a"), node("B", "b")), tree=tree).sources}
    assert both["k/b.cc"].kind == "kernel"
    assert both["k/shared.cc"].reasons == ("A", "B")
    assert both["k/shared.cc"].why == ("a.cc includes shared.h", "b.cc includes shared.h")


def _varied_models() -> list[Model]:
    ops = ["Add", "Sub", "Lost", "Gone"]
    chance = random.Random(1)
    return [
        model(
            *(node(chance.choice(ops), f"n{n}", T=chance.choice([FLOAT, INT32, STRING])) for n in range(20)),
            path=f"{number}.pb",
            sha256=str(number),
            requests=[OpRequest("Add", {"T": (FLOAT, STRING)}), OpRequest("None")],
        )
        for number in range(4)
    ]


def test_the_order_of_models_does_not_matter() -> None:
    tree = index(*ADD, op("Sub", "T"), kernel("Sub"))
    models = _varied_models()
    first = chosen(*models, tree=tree)
    assert [one.path for one in first.models] == ["0.pb", "1.pb", "2.pb", "3.pb"]
    assert len(first.unresolved) > 3
    for order in itertools.permutations(models):
        assert chosen(*order, tree=tree) == first


def test_a_model_given_twice_counts_once() -> None:
    tree = index(*ADD)
    one = model(node("Add", "a", T=FLOAT), node("Add", "b", T=FLOAT))
    assert chosen(one, one, tree=tree) == chosen(one, tree=tree)


def test_models_of_one_path_in_any_order() -> None:
    """A SavedModel read once per signature: two models of one path, with more unknown ops than are compared."""
    tree = index(*(op(f"Name{number}") for number in range(40)))
    first = model(*(node(f"Nama{number}", str(number)) for number in range(0, 40, 2)))
    second = model(*(node(f"Nama{number}", str(number)) for number in range(1, 40, 2)))
    selection = chosen(first, second, tree=tree)
    assert selection == chosen(second, first, tree=tree)
    assert len(selection.unresolved) == 40


def test_progress_names_each_model() -> None:
    said: list[str] = []
    chosen(model(path="b"), model(path="a"), tree=index(), progress=said.append)
    assert said == ["resolving b", "resolving a"]


def test_unknown_names_without_end_are_not_all_compared() -> None:
    tree = index(*(op(f"SomeOpName{number}") for number in range(2000)))
    found = model(*(node(f"SomeOtherOpName{number}", str(number)) for number in range(20_000)))
    start = time.process_time()
    selection = chosen(found, tree=tree)
    assert len(selection.unresolved) == 20_000
    assert time.process_time() - start < 60


def test_a_large_graph_takes_milliseconds() -> None:
    found = model(*(node("Add", str(number), T=FLOAT) for number in range(50_000)))
    start = time.process_time()
    chosen(found, tree=index(*ADD))
    # Generous for a busy machine: equal nodes share one lookup.
    assert time.process_time() - start < 2


def test_what_only_uncalled_functions_need_does_not_fail() -> None:
    """As in a Keras LSTM, whose library has bodies for a GPU that the main graph does not call."""
    tree = index(op("Call", Attr("f", "func")), op("Cudnn", "T"), kernel("Call"))
    library = [
        function("cpu", []),
        function("gpu", [], node("Cudnn", T=FLOAT)),
        function("also_gpu", [], node("Call", calls={"f": ref("gpu")})),
    ]
    main = node("Call", calls={"f": ref("cpu")})
    (unmet,) = chosen(model(main, functions=library), tree=tree).unresolved
    assert (unmet.op, unmet.allowed) == ("Cudnn", True)
    assert unmet.reasons[0].rule == "only in functions that nothing calls"
    called = node("Call", "second", calls={"f": ref("also_gpu")})
    (unmet,) = chosen(model(main, called, functions=library), tree=tree).unresolved
    assert (unmet.op, unmet.allowed) == ("Cudnn", False)
    # Another model that does call it is enough.
    both = [model(main, functions=library), model(called, functions=library, path="other.pb")]
    (unmet,) = chosen(*both, tree=tree).unresolved
    assert not unmet.allowed
