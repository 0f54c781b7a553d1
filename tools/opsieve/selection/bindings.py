"""Which types a function's placeholders stand for: call sites followed to a fixed point.

TensorFlow instantiates a function once for every set of attrs it is called with (InstantiateFunction in
tensorflow/core/framework/function.cc). Here the same sets are found without running anything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from opsieve.models.usage import Function, Model, Node, TypeParameter, TypeValue
from opsieve.selection.values import AttrValue, Choice, is_placeholder

# More sets of types than this for one function, and each of its placeholders counts as not known. Real models
# have a handful; a made-up one could have a product of all its dtypes.
MAX_BINDINGS = 64

# The type parameters a call gives, sorted by name; those it leaves out take their default.
Binding = tuple[tuple[str, "str | tuple[str, ...] | Choice"], ...]


@dataclass(frozen=True, slots=True)
class _Call:
    callee: str
    types: dict[str, TypeValue]


@dataclass(slots=True)
class _State:
    function: Function
    parameters: dict[str, TypeParameter]
    calls: list[_Call]
    bindings: dict[Binding, None] = field(default_factory=dict)
    capped: bool = False


def instances(model: Model) -> Iterator[tuple[str, Node, Mapping[str, AttrValue]]]:
    """Every node of the model with its type attrs: (function, or "" for the main graph; node; types).

    A node whose attrs have placeholders comes once for every set of types its function is called with; one that no
    call binds has a :class:`Choice`. Costs at most MAX_BINDINGS times the size of the model.
    """
    for node in model.nodes:
        yield "", node, _bind(node.types, {}, {}) if _has_placeholder(node) else node.types
    states = _fixed_point(model)
    for name in sorted(model.functions):
        yield from _instances_of(name, model.functions[name], states[name])


def _instances_of(name: str, function: Function, state: _State) -> Iterator[tuple[str, Node, Mapping[str, AttrValue]]]:
    bound = [dict(binding) for binding in state.bindings] if state.parameters else [{}]
    for node in function.nodes:
        if not _has_placeholder(node):
            yield name, node, node.types
            continue
        for binding in bound:
            yield name, node, _bind(node.types, binding, state.parameters)


def _has_placeholder(node: Node) -> bool:
    return any(map(is_placeholder, node.types.values()))


def _bind(
    types: dict[str, TypeValue],
    binding: dict[str, str | tuple[str, ...] | Choice],
    parameters: dict[str, TypeParameter],
) -> dict[str, AttrValue]:
    return {name: _bound(value, binding, parameters) for name, value in types.items()}


def _bound(
    value: TypeValue, binding: dict[str, str | tuple[str, ...] | Choice], parameters: dict[str, TypeParameter]
) -> str | tuple[str, ...] | Choice:
    if not is_placeholder(value):
        return value
    if isinstance(value, tuple):
        # A placeholder stands for a whole attr in TensorFlow, never for an element.
        return Choice("a list of types has a placeholder", is_list=True)
    name = value[1:]
    found = binding.get(name)
    if found is not None:
        return found
    parameter = parameters.get(name)
    if parameter is None:
        return Choice(f"{value} is not bound")
    if parameter.default is not None and not is_placeholder(parameter.default):
        return parameter.default
    return Choice(f"{value} is not bound", parameter.allowed, parameter.is_list)


def _fixed_point(model: Model) -> dict[str, _State]:
    states = {
        name: _State(function, {one.name: one for one in function.parameters}, _calls(function.nodes, model))
        for name, function in model.functions.items()
    }
    entry = _calls(model.nodes, model)
    work: deque[tuple[str, Binding]] = deque()
    for call in entry:
        _call(states, work, call, {}, {})
    work.extend((name, ()) for name in sorted(states) if not states[name].parameters)
    _spread(states, work)
    called = {call.callee for calls in (entry, *(state.calls for state in states.values())) for call in calls}
    # First what nothing calls, so that a cycle or a callee gets its types from there where it can.
    for name in sorted(states, key=lambda name: (name in called, name)):
        if states[name].parameters and not states[name].bindings:
            _add(states, work, name, ())
            _spread(states, work)
    return states


def _spread(states: dict[str, _State], work: deque[tuple[str, Binding]]) -> None:
    while work:
        name, binding = work.popleft()
        state = states[name]
        if state.parameters and binding not in state.bindings:
            continue  # overtaken: the function reached the cap in the meantime
        given = dict(binding)
        for call in state.calls:
            _call(states, work, call, given, state.parameters)


def _call(
    states: dict[str, _State],
    work: deque[tuple[str, Binding]],
    call: _Call,
    given: dict[str, str | tuple[str, ...] | Choice],
    parameters: dict[str, TypeParameter],
) -> None:
    callee = states[call.callee]
    if not callee.parameters or callee.capped:
        return
    types = {name: value for name, value in call.types.items() if name in callee.parameters}
    _add(
        states,
        work,
        call.callee,
        tuple(sorted(((name, _bound(value, given, parameters)) for name, value in types.items()), key=_name)),
    )


def _name(item: tuple[str, object]) -> str:
    return item[0]


def _add(states: dict[str, _State], work: deque[tuple[str, Binding]], name: str, binding: Binding) -> None:
    state = states[name]
    if state.capped or binding in state.bindings:
        return
    if len(state.bindings) >= MAX_BINDINGS:
        state.capped = True
        binding = tuple(
            (one.name, Choice(f"${one.name} is bound in more than {MAX_BINDINGS} ways", one.allowed, one.is_list))
            for one in sorted(state.parameters.values(), key=lambda one: one.name)
        )
        state.bindings.clear()
    state.bindings[binding] = None
    work.append((name, binding))


def _calls(nodes: tuple[Node, ...], model: Model) -> list[_Call]:
    """Calls into the function library: by op name, through func attrs, and into the gradient functions of both."""
    found: list[_Call] = []
    for node in nodes:
        targets = [(node.op, node.types)]
        targets += [(ref.name, ref.types) for refs in node.functions.values() for ref in refs]
        for name, types in targets:
            if name in model.functions:
                found.append(_Call(name, types))
            # FunctionLibraryRuntimeImpl::Instantiate (tensorflow/core/common_runtime/function.cc) gives the gradient
            # function the attrs of the function that SymbolicGradient names.
            gradient = model.gradients.get(name)
            if gradient in model.functions:
                found.append(_Call(gradient, types))
    return found
