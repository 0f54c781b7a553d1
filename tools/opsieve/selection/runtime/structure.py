"""What grappler could find around a node of a graph, as far as the graph itself rules other things out.

Grappler removes nodes, moves them past each other, folds constants and merges equal nodes before it looks for a
pattern. So nothing here says that a pattern is there, only that it cannot be: everything that its optimizers
(tensorflow/core/grappler/optimizers) may take out from between two nodes is looked through, and whatever a body cannot
know of itself (arguments, the results of calls and of control flow) may be anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from opsieve.dtypes import NUMBERS
from opsieve.models.usage import Model, Node
from opsieve.selection.runtime.rules import CONSTANT, FACTOR, FED_BY, KINDS, MANY, VARIABLE, Condition, Rule

# The sums and products that the optimizers regroup: two terms of one tree may become the operands of one node
# (AddOpsRewriteStage, MinimizeBroadcasts, ConstantFolding::ConstantPushDown).
_SUMS = frozenset(("AccumulateNV2", "Add", "AddN", "AddV2", "BiasAdd", "BiasAddV1", "Sub"))
_PRODUCTS = frozenset(("Div", "DivNoNan", "FloorDiv", "Mul", "MulNoNan", "RealDiv", "Square", "TruncateDiv", "Xdivy"))
# Of strings nothing is folded (ConstantFolding::IsFoldableUncached).
_FOLDED = frozenset(NUMBERS) - {"DT_STRING"}
# The terms of these may become terms of a binary sum.
_REGROUPED = frozenset(("AccumulateNV2", "AddN"))
# With a zero these are constant (ConstantFolding::SimplifyArithmeticOperations).
_VANISHING = _PRODUCTS | frozenset(
    [
        "BatchMatMul",
        "BatchMatMulV2",
        "BatchMatMulV3",
        "LogicalAnd",
        "LogicalOr",
        "MatMul",
        "QuantizedMatMul",
        "QuantizedMatMulV2",
        "Select",
        "SelectV2",
        "SparseMatMul",
    ]
)
# Whatever a Pow may become (ConvertPowStage) has the exponent's place no more.
_POWER = "Pow"
_LOGIC = frozenset(("LogicalAnd", "LogicalOr"))
# What the optimizers remove, or let change places with what is before it: IsValuePreserving, IsCastLike, IsInvolution
# (op_types.cc), ConstantFolding::SimplifyNode, OptimizeMaxOrMinOfMonotonicStage, RemoveRedundantCastStage and others.
_MOVABLE = frozenset(
    [
        "All",
        "Angle",
        "Any",
        "ArgMax",
        "ArgMin",
        "BatchToSpace",
        "BatchToSpaceND",
        "Bitcast",
        "BroadcastTo",
        "Bucketize",
        "Cast",
        "CheckNumerics",
        "Conj",
        "ConjugateTranspose",
        "Copy",
        "CopyHost",
        "DebugGradientIdentity",
        "DebugGradientRefIdentity",
        "DebugIdentity",
        "DeepCopy",
        "DepthToSpace",
        "Dequantize",
        "ExpandDims",
        "FractionalMaxPool",
        "FusedBatchNorm",
        "FusedBatchNormV2",
        "FusedBatchNormV3",
        "HistogramFixedWidth",
        "Identity",
        "Imag",
        "Inv",
        "Invert",
        "InvertPermutation",
        "IsFinite",
        "IsInf",
        "IsNan",
        "LogicalNot",
        "Max",
        "MaxPool",
        "MaxPool3D",
        "MaxPoolV2",
        "MaxPoolWithArgmax",
        "Mean",
        "Min",
        "MirrorPad",
        "Pad",
        "PadV2",
        "PlaceholderWithDefault",
        "PreventGradient",
        "Print",
        "PrintV2",
        "Prod",
        "Quantize",
        "QuantizeDownAndShrinkRange",
        "QuantizeV2",
        "QuantizedInstanceNorm",
        "QuantizedRelu",
        "QuantizedRelu6",
        "QuantizedReluX",
        "RandomShuffle",
        "Real",
        "Reciprocal",
        "RefIdentity",
        "Requantize",
        "Reshape",
        "Reverse",
        "ReverseV2",
        "Roll",
        "Shuffle",
        "Slice",
        "Snapshot",
        "SpaceToBatch",
        "SpaceToBatchND",
        "SpaceToDepth",
        "SplitV",
        "Squeeze",
        "StopGradient",
        "StridedSlice",
        "Sum",
        "Tile",
        "Transpose",
    ]
)
# What is before these may come to stand behind them, or they pick one of their inputs: HoistCWiseUnaryChainsStage,
# ConstantFolding::SimplifyPack, SimplifySelect and MergeConcat, PartialConstPropThroughIdentityN.
_PASSING = frozenset(("Concat", "ConcatV2", "IdentityN", "Pack", "Select", "SelectV2", "Split", "SplitV", "Unpack"))
_SLICES = frozenset(("Slice", "Split", "SplitV", "StridedSlice", "Unpack"))
# RemoveStackSliceSameAxis takes one of these out again.
_PACKED = frozenset(("Concat", "ConcatV2", "Pack"))
# What runs here depends on values: ConstantFolding::SimplifySwitch, LoopOptimizer.
_CONTROL = frozenset(
    [
        "Enter",
        "Exit",
        "LoopCond",
        "Merge",
        "NextIteration",
        "RefEnter",
        "RefExit",
        "RefMerge",
        "RefNextIteration",
        "RefSelect",
        "RefSwitch",
        "Switch",
        "_Arg",
        "_SwitchN",
    ]
)
# Constants where the shape is known (ConstantFolding::MaterializeShapes, IsZeros, IsOnes).
_OF_SHAPES = frozenset(("BroadcastGradientArgs", "OnesLike", "Rank", "Shape", "ShapeN", "Size", "ZerosLike"))
# No two of these are the same, even with the same attrs.
_DISTINCT = frozenset(("Placeholder", "PlaceholderV2", "VarHandleOp", "Variable", "VariableV2"))
# Ops that one stage turns into another, so that two of them may become equal (SqrtDivToRsqrtMulStage,
# ConvertLog1pStage, ConvertExpm1Stage).
_TURNED = {"Rsqrt": "Sqrt", "Log1p": "Log", "Expm1": "Exp"}
# What HoistCommonFactorOutOfAggregation takes a factor out of.
_FACTORED = frozenset(("Div", "Mul", "RealDiv"))
# Stands among the heads for a sum with such a term, which may be regrouped with others.
_OF_PRODUCTS = "a sum of products"
_LOOPS = frozenset(("StatelessWhile", "While", "_While"))
_CALLS = frozenset(("PartitionedCall", "StatefulPartitionedCall"))

_BITS = 1024
_CONSTANT_TERM = 1
_UNKNOWN_TERM = 2
_UNKNOWN = -1
_ANY_OP = -1


@dataclass(frozen=True, slots=True)
class _Value:
    """What a node's results may be.

    ``number``: equal for values that the optimizers may find to be equal. ``terms`` and ``factors``: the numbers in
    the sum or product it is the result of, as bits (numbers that share a bit only look equal). ``folds``: it is
    computed from constants; ``vanishes``: or it may be a zero. ``heads``: the ops, as bits, that may be found to make
    it. ``given``: it comes from outside of the graph as it is.
    """

    number: int
    terms: int
    factors: int
    folds: bool = False
    vanishes: bool = False
    heads: int = 0
    given: bool = False


_ANYTHING = _Value(_UNKNOWN, _UNKNOWN_TERM, _UNKNOWN_TERM, True, True, _ANY_OP)
_CONSTANT = _Value(-2, _CONSTANT_TERM, _CONSTANT_TERM, True, True)


class Conditions:
    """The conditions of some rules: which ops they ask about, and what an op may turn into."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_op: dict[str, list[Rule]] = {}
        # Other parts of the runtime replace what grappler does not look through.
        for rule in rules:
            if rule.runtime_pass == "grappler":
                for op in rule.when:
                    self._by_op.setdefault(op, []).append(rule)
        asked = {op for group in self._by_op.values() for rule in group for one in rule.conditions for op in one.ops}
        self._bits = {op: 1 << place for place, op in enumerate(sorted(asked | _FACTORED | _PACKED | {_OF_PRODUCTS}))}
        self.products = self.mask(_FACTORED)
        self.packed = self.mask(_PACKED)
        self.of_products = self.mask((_OF_PRODUCTS,))

    def mask(self, ops: Iterable[str]) -> int:
        """The ops as bits of _Value.heads."""
        return sum(self._bits.get(op, 0) for op in ops)

    def heads(self, node: Node, inputs: Sequence[_Value]) -> int:
        """The ops, as bits, that a node may turn into, with its own."""
        found = 0
        start: tuple[str, frozenset[str], frozenset[str]] = (node.op, KINDS, frozenset())
        pending, seen = [start], {start}
        while pending:
            op, kept, never = pending.pop()
            found |= self._bits.get(op, 0)
            for rule in self._by_op.get(op, ()):
                values = node.values if kept == KINDS else {}
                if any(values.get(name) != value for name, value in rule.values.items()):
                    continue
                if any(self._fails(one, kept, never, node, inputs) for one in rule.conditions):
                    continue
                for added in rule.adds:
                    if not added.aside:
                        after = (added.op, kept & added.keeps, added.never | never & added.keeps)
                        if after not in seen:
                            seen.add(after)
                            pending.append(after)
        return found

    def _fails(
        self,
        condition: Condition,
        kept: frozenset[str],
        never: frozenset[str],
        node: Node,
        inputs: Sequence[_Value],
    ) -> bool:
        return condition.kind in never or (condition.kind in kept and self.ruled_out(condition, node, inputs))

    def ruled_out(self, condition: Condition, node: Node, inputs: Sequence[_Value]) -> bool:
        """Whether the inputs say that a condition does not hold; a node without them says nothing."""
        if not inputs:
            return False
        if condition.kind == MANY:
            # AddN merges with other sums only by the rule for them.
            return len(inputs) <= 2
        if condition.kind == VARIABLE:
            return all(one.number == _CONSTANT.number for one in inputs[1:])
        if node.op in _SUMS and self.has_common_factor(inputs):
            return False
        if condition.kind == FED_BY:
            wanted = self.mask(condition.ops)
            return not any(one.heads & wanted for one in inputs)
        if condition.kind == CONSTANT:
            asked = inputs[:1] if condition.first else inputs
            return not any(one.folds or one.vanishes for one in asked)
        if condition.kind == FACTOR:
            return not self._may_have_factor(inputs)
        # A placeholder may stand for strings too.
        return not _may_repeat(node.op, inputs, may_fold=node.types.get("T") in _FOLDED)

    def _may_have_factor(self, inputs: Sequence[_Value]) -> bool:
        """Whether two terms of a sum may share a factor."""
        products = [one for one in inputs if one.heads & (self.products | self.of_products)]
        seen = 0
        for place, one in enumerate(products):
            if place and (one.heads & self.of_products or _share(seen, one.factors)):
                return True
            seen |= _UNKNOWN_TERM if one.heads & self.of_products else one.factors
        return False

    def has_common_factor(self, inputs: Sequence[_Value]) -> bool:
        """Whether HoistCommonFactorOutOfAggregation may apply, after which the sum has other inputs."""
        return len(inputs) > 1 and all(
            one.heads & self.products and _share(one.factors, inputs[0].factors) for one in inputs
        )


class Structure:
    """The graphs of a model: its main graph, named "", and its functions' bodies."""

    def __init__(self, model: Model, conditions: Conditions) -> None:
        self._model = model
        self._conditions = conditions
        self._bodies: dict[str, _Body] = {}
        self._sites: dict[str, list[tuple[str, Node]] | None] | None = None

    def truths(self, asked: Iterable[Condition], function: str, node: Node) -> tuple[bool, ...]:
        """Which of some conditions may hold for a node of the main graph or of a function's body."""
        body = self._body(function)
        inputs = body.inputs(node)
        return tuple(not self._conditions.ruled_out(one, node, inputs) for one in asked)

    def _body(self, function: str) -> _Body:
        pending, opened = [function], set[str]()
        while pending:
            current = pending.pop()
            if current in self._bodies:
                continue
            sites = self._callers(current)
            if current in opened:
                self._bodies[current] = self._made(current, sites)
                continue
            opened.add(current)
            pending.append(current)
            pending += sorted({caller for caller, _ in sites or ()} - opened)
        return self._bodies[function]

    def _made(self, function: str, sites: Sequence[tuple[str, Node]] | None) -> _Body:
        model = self._model
        nodes = model.functions[function].nodes if function else (*model.nodes, *model.placed)
        # A main graph has no arguments: what is not there is not known.
        passed = _Passed() if function and sites is not None else _PASSED_ANYTHING
        for caller, node in sites or ():
            # A loop's body gets what Merge and Switch give it, which differ for each of its variables.
            if node.op not in _LOOPS:
                body = self._bodies.get(caller)
                passed = passed.at(body.inputs(node)) if body is not None else _PASSED_ANYTHING
        return _Body(nodes, model.functions, self._conditions, passed)

    def _callers(self, function: str) -> list[tuple[str, Node]] | None:
        """The calls of a function; None where it is used in other ways, too."""
        if self._sites is None:
            self._sites = {name: [] for name in self._model.functions}
            for place, nodes in (*self._model.bodies(), (None, self._model.placed)):
                for node in nodes:
                    self._count_calls(place or "", node, self._sites)
            for name in (*self._model.gradients, *self._model.gradients.values()):
                self._sites[name] = None
        return self._sites.get(function, [])

    def _count_calls(self, place: str, node: Node, sites: dict[str, list[tuple[str, Node]] | None]) -> None:
        for name in {node.op, *(ref.name for refs in node.functions.values() for ref in refs)} & sites.keys():
            known = sites[name]
            if known is not None and (name == node.op or node.op in _CALLS or node.op in _LOOPS):
                known.append((place, node))
            else:
                sites[name] = None
        for refs in node.functions.values():
            for ref in refs:
                for inner in (each.name for group in ref.functions.values() for each in group):
                    sites[inner] = None


@dataclass(frozen=True, slots=True)
class _Passed:
    """What callers pass to a function, all arguments taken together.

    ``distinct``: every argument comes from outside of the model or is a constant, and no two are the same one.
    ``folds``, ``vanishes`` and ``heads`` are as in _Value.
    """

    distinct: bool = True
    folds: bool = False
    vanishes: bool = False
    heads: int = 0

    def at(self, inputs: Sequence[_Value]) -> _Passed:
        """Together with what one more call passes."""
        outside = [one for one in inputs if one.number != _CONSTANT.number]
        distinct = all(one.given for one in outside) and len({one.number for one in outside}) == len(outside)
        return _Passed(
            self.distinct and distinct,
            self.folds or any(one.folds for one in inputs),
            self.vanishes or any(one.vanishes for one in inputs),
            self.heads | _all_heads(inputs),
        )


_PASSED_ANYTHING = _Passed(False, True, True, _ANY_OP)


class _Body:
    """One graph. Values are found once, from the inputs on, without recursion."""

    def __init__(
        self, nodes: Iterable[Node], functions: Mapping[str, object], conditions: Conditions, passed: _Passed
    ) -> None:
        self._nodes = {node.name: node for node in nodes}
        self._functions = functions
        self._conditions = conditions
        self._passed = passed
        self._values: dict[str, _Value] = {}
        self._numbers: dict[tuple[object, ...], int] = {}
        # Of the numbers of negations, the numbers of what they negate.
        self._negated: dict[int, int] = {}

    def inputs(self, node: Node) -> list[_Value]:
        """The values of the data inputs."""
        return [self._tensor(text) for text in _data_inputs(node)]

    def _tensor(self, text: str) -> _Value:
        name, _, port = text.partition(":")
        value = self._value(name)
        node = self._nodes.get(name)
        while node is not None and node.op == "IdentityN" and value is not _ANYTHING:
            index = port.rpartition(":")[2] or "0"
            inputs = _data_inputs(node)
            if not index.isdecimal() or int(index) >= len(inputs):
                break
            name, _, port = inputs[int(index)].partition(":")
            node = self._nodes.get(name)
            value = self._value(name)
        if node is None or node.op in _MOVABLE or node.op in _SUMS or node.op in _PRODUCTS or port in ("", "0"):
            return value
        if value.number == _UNKNOWN or value is _CONSTANT:
            return value
        number = self._number(("output", value.number, port))
        return replace(value, number=number, terms=_bit(number), factors=_bit(number))

    def _value(self, name: str) -> _Value:
        pending, opened = [name], set[str]()
        while pending:
            current = pending.pop()
            if current in self._values:
                continue
            node = self._nodes.get(current)
            if node is None:
                self._values[current] = self._argument(current)
            elif node.functions or node.op in _CONTROL or node.op in self._functions:
                self._values[current] = _ANYTHING
            elif current in opened:
                self._values[current] = self._result(node)
            else:
                opened.add(current)
                pending.append(current)
                sources = (text.partition(":")[0] for text in _data_inputs(node))
                for source in sources:
                    if source in opened and source not in self._values:
                        # No graph without control flow has such a cycle.
                        self._values[source] = _ANYTHING
                    pending.append(source)
        return self._values[name]

    def _argument(self, name: str) -> _Value:
        passed = self._passed
        if passed.distinct:
            number = self._number(("argument", name))
            bits = _bit(number) | (_CONSTANT_TERM if passed.folds else 0)
        else:
            number, bits = _UNKNOWN, _UNKNOWN_TERM
        return _Value(number, bits, bits, passed.folds, passed.vanishes, passed.heads, given=passed.distinct)

    def _result(self, node: Node) -> _Value:
        inputs = self.inputs(node)
        op = node.op
        if op in ("Const", "HostConst"):
            return _CONSTANT
        if not inputs:
            key = ("node", node.name) if op in _DISTINCT else (op, repr(node.types), repr(node.values))
            return self._leaf(key, given=op in _DISTINCT)
        heads = self._conditions.heads(node, inputs)
        folds = op in _OF_SHAPES or all(one.folds for one in inputs)
        vanishes = folds or all(one.vanishes for one in inputs)
        vanishes |= op in _VANISHING and any(one.vanishes for one in inputs)
        vanishes |= op == "Fill" and inputs[-1].vanishes
        if op in _MOVABLE or (op == "Split" and node.values.get("num_split", 1) == 1):
            return self._moved(op, inputs, heads)
        if op == "Neg":
            value = self._negation(inputs[0])
            return replace(value, heads=heads | inputs[0].heads)
        if op in _PASSING:
            heads |= _all_heads(inputs)
            if len(inputs) == 1 and op not in _SLICES:
                return replace(inputs[0], heads=heads)
            if op == "IdentityN" or (op.startswith("Select") and (inputs[0].folds or inputs[0].vanishes)):
                # One of them.
                return replace(
                    _ANYTHING,
                    folds=any(one.folds for one in inputs),
                    vanishes=any(one.vanishes for one in inputs),
                    heads=heads,
                )
            if op in _SLICES and heads & self._conditions.packed:
                return replace(_ANYTHING, folds=folds, vanishes=vanishes, heads=heads)
        elif op in _SUMS or op in _PRODUCTS or op in _LOGIC:
            return self._tree(op, inputs, heads, folds, vanishes)
        if op == _POWER:
            return replace(_ANYTHING, folds=folds, vanishes=vanishes, heads=heads | inputs[0].heads)
        if _UNKNOWN in (one.number for one in inputs):
            return replace(_ANYTHING, folds=folds, vanishes=vanishes, heads=heads)
        return self._leaf(self._key(op, inputs), folds=folds, vanishes=vanishes, heads=heads)

    def _key(self, op: str, inputs: Sequence[_Value]) -> tuple[object, ...]:
        numbers = tuple(one.number for one in inputs)
        if op == "LogSoftmax":
            return ("Log", self._number(("Softmax", *numbers)))
        if op == "SquaredDifference":
            return ("sum", inputs[0].terms | inputs[1].terms if len(inputs) > 1 else 0)
        return (_TURNED.get(op, op), *numbers)

    def _moved(self, op: str, inputs: Sequence[_Value], heads: int) -> _Value:
        value = inputs[-1] if op == "Split" else inputs[0]
        if op in _SLICES and value.heads & self._conditions.packed:
            value = _ANYTHING
        return replace(value, heads=value.heads | heads)

    def _tree(self, op: str, inputs: Sequence[_Value], heads: int, folds: bool, vanishes: bool) -> _Value:
        """A sum or a product. With a constant in it, which may be neutral, it may be what is left."""
        is_sum = op in _SUMS
        if op == "Sub" and len(inputs) > 1:
            inputs = [inputs[0], self._negation(inputs[1])]
        bits = 0
        for one in inputs:
            bits |= one.terms if is_sum else one.factors
        left = [one for one in inputs if not one.folds] or inputs
        numbers = {one.number for one in left}
        neutral = len(inputs) == 1 or any(one.folds or one.vanishes for one in inputs)
        if neutral or op in _REGROUPED:
            heads |= _all_heads(inputs)
        if is_sum and _all_heads(inputs) & (self._conditions.products | self._conditions.of_products):
            heads |= self._conditions.of_products
        if _UNKNOWN in numbers or _UNKNOWN in (one.number for one in inputs):
            number = _UNKNOWN
            own = _UNKNOWN_TERM
        else:
            number = numbers.pop() if len(numbers) == 1 else self._number(("sum" if is_sum else "product", bits))
            own = _bit(number)
        if is_sum and self._conditions.has_common_factor(inputs):
            return replace(_ANYTHING, folds=folds, vanishes=vanishes, heads=heads | self._conditions.products)
        other = own
        if neutral:
            for one in left:
                other |= one.factors if is_sum else one.terms
        terms, factors = (bits, other) if is_sum else (other, bits)
        return _Value(number, terms, factors, folds, vanishes, heads)

    def _negation(self, value: _Value) -> _Value:
        """A negation is removed by another one, or by a sum (RemoveInvolution, RemoveNegationStage)."""
        if value.number == _UNKNOWN or value is _CONSTANT:
            return value
        number = self._negated.get(value.number)
        if number is None:
            number = self._number(("Neg", value.number))
            self._negated[number] = value.number
        return replace(value, number=number, terms=value.terms | _bit(number), factors=_bit(number), given=False)

    def _leaf(
        self,
        key: tuple[object, ...],
        *,
        folds: bool = False,
        vanishes: bool = False,
        heads: int = 0,
        given: bool = False,
    ) -> _Value:
        number = self._number(key)
        bits = _bit(number) | (_CONSTANT_TERM if folds else 0)
        return _Value(number, bits, bits, folds, vanishes, heads, given)

    def _number(self, key: tuple[object, ...]) -> int:
        return self._numbers.setdefault(key, len(self._numbers))


def _data_inputs(node: Node) -> list[str]:
    return [text for text in node.inputs if not text.startswith("^")]


def _bit(number: int) -> int:
    return 4 << number % _BITS


def _all_heads(values: Iterable[_Value]) -> int:
    found = 0
    for one in values:
        found |= one.heads
    return found


def _share(first: int, second: int) -> bool:
    return bool(first & second or (first | second) & _UNKNOWN_TERM)


def _may_repeat(op: str, inputs: Sequence[_Value], *, may_fold: bool) -> bool:
    """Whether two inputs of a sum or product, or two terms of theirs, may be the same; of other ops, all inputs.

    ``may_fold``: not of strings, which are never folded (ConstantFolding::IsFoldableUncached).
    """
    if len(inputs) < 2:
        return False
    bits = [one.factors if op in _PRODUCTS else one.terms for one in inputs]
    if op not in _SUMS and op not in _PRODUCTS:
        # Of constants only it is folded before this is looked for (ReplacePackWithTileReshape leaves out what is kept),
        # unless the stages beside it make an input constant.
        constant = any(one.number == _CONSTANT.number for one in inputs)
        if may_fold and constant and all(one.heads != _ANY_OP for one in inputs):
            return False
        mask = ~_CONSTANT_TERM if may_fold else -1
        return all(_share(one & mask, bits[0]) for one in bits)
    seen = 0
    for one in bits:
        if seen and _share(seen, one):
            return True
        seen |= one
    return False
