"""From the expanded calls of one translation unit to kernels and op definitions."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence

from opsieve.tree.attrs import parse_attr
from opsieve.tree.chains import ChainedCall, parse_chain
from opsieve.tree.expressions import Scope, braced
from opsieve.tree.index import Attr, Kernel, OpDefinition, Skipped, Value
from opsieve.tree.tokens import Token, spell, tokenize
from opsieve.tree.unit import FoundCall

# What a registration means to the C API's builders, which are plain function calls (tensorflow/c/kernels.h, c/ops.h).
_NEW_KERNEL = "TF_NewKernelBuilder"
_NEW_OP = "TF_NewOpDefinitionBuilder"

_CAST = re.compile(r"static_cast\s*<[^<>]*>\s*\((.*)\)", re.DOTALL)
_OF_PARAMETER = re.compile(r"DataTypeToEnum\s*<\s*([^\W\d]\w*)\s*>")


class Registrations:
    """The kernels, op definitions and skipped registrations of one .cc."""

    def __init__(self, scope: Scope, file: str, type_sets: Mapping[str, tuple[str, ...]]) -> None:
        self.kernels: list[Kernel] = []
        self.ops: list[OpDefinition] = []
        self.skipped: list[Skipped] = []
        self._scope = scope
        self._file = file
        self._type_sets = type_sets
        self._kernel_builder: _KernelBuilder | None = None
        self._op_builder: _OpBuilder | None = None

    def add(self, call: FoundCall) -> None:
        """Read one call."""
        if call.marker.startswith("REGISTER_"):
            system = "_SYSTEM_" in call.marker
            if call.marker.endswith("KERNEL_BUILDER"):
                self._kernel(call, system)
            else:
                self._op(call, system)
        elif not _is_declaration(call):
            self._c_api(call)

    def _skip(self, call: FoundCall, why: str) -> None:
        text = ", ".join(spell(argument) for argument in call.arguments)
        self.skipped.append(Skipped(f"{call.marker}({text})", self._file, call.line, why))

    def _kernel(self, call: FoundCall, system: bool) -> None:
        chain = parse_chain(call.arguments[0])
        if chain is None or len(call.arguments) < 2 or chain[0].method != "Name" or not chain[0].arguments:
            self._skip(call, "not of the form REGISTER_KERNEL_BUILDER(Name(…)…, Class)")
            return
        op = self._scope.string(chain[0].arguments[0])
        if op is None:
            self._skip(call, f"the op's name {spell(chain[0].arguments[0])!r} is not a constant found in the sources")
            return
        builder = _KernelBuilder(op)
        for link in chain[1:]:
            problem = builder.apply(link, self._scope)
            if problem is not None:
                self._skip(call, problem)
                return
        self.kernels.append(builder.build(_class_text(call.arguments[1:]), self._file, call.line, system))

    def _op(self, call: FoundCall, system: bool) -> None:
        op = self._scope.string(call.arguments[0]) if call.arguments else None
        if op is None:
            self._skip(call, "the op's name is not a constant found in the sources")
            return
        builder = _OpBuilder(op)
        # An empty first call stands for the REGISTER_OP itself, so that the rest parses as one chain.
        for link in parse_chain(_first_chain([*_PROLOGUE, *call.tail])) or ():
            problem = builder.apply(link, self._scope, self._type_sets)
            if problem is not None:
                self._skip(call, problem)
                return
        self.ops.append(builder.build(self._file, call.line, system))

    def _c_api(self, call: FoundCall) -> None:
        first = self._scope.string(call.arguments[0]) if call.arguments else None
        second = self._scope.string(call.arguments[1]) if len(call.arguments) > 1 else None
        if call.marker == _NEW_KERNEL:
            self._kernel_builder = None
            if first is None:
                self._skip(call, "the op's name is not a constant found in the sources")
            else:
                self._kernel_builder = _KernelBuilder(first)
                self._kernel_builder.device = _device(call.arguments[1], self._scope) if len(call.arguments) > 1 else ""
        elif call.marker == _NEW_OP:
            self._op_builder = None if first is None else _OpBuilder(first)
            if first is None:
                self._skip(call, "the op's name is not a constant found in the sources")
        elif call.marker.startswith("TF_RegisterKernelBuilder"):
            if self._kernel_builder is not None:
                for builder in self._instances(self._kernel_builder, call):
                    self.kernels.append(builder.build(first or "", self._file, call.line, system=False))
            self._kernel_builder = None
        elif call.marker == "TF_RegisterOpDefinition":
            if self._op_builder is not None:
                self.ops.append(self._op_builder.build(self._file, call.line, system=False))
            self._op_builder = None
        elif call.marker.startswith("TF_KernelBuilder_"):
            self._c_kernel_detail(call, second)
        elif self._op_builder is not None and second is not None:
            self._op_builder.add(call.marker.removeprefix("TF_OpDefinitionBuilderAdd"), second, self._type_sets)

    def _c_kernel_detail(self, call: FoundCall, second: str | None) -> None:
        builder = self._kernel_builder
        if builder is None:
            return
        detail = call.marker.removeprefix("TF_KernelBuilder_")
        if detail == "TypeConstraint" and second is not None and len(call.arguments) > 2:
            spelled = _without_cast(spell(call.arguments[2]))
            named = spelled.rpartition("::")[2].strip().replace("TF_", "DT_")
            parameter = _OF_PARAMETER.search(spelled)
            dtypes = (named,) if named.startswith("DT_") else self._scope.dtypes(tokenize(spelled))
            if dtypes is not None:
                builder.constrain(second, dtypes)
            elif parameter is not None:
                builder.parameters[second] = parameter[1]
            else:
                self._skip(call, "the dtype is not a constant found in the sources")
        elif detail == "HostMemory" and second is not None:
            builder.host_memory.append(second)
        elif detail == "Priority" and len(call.arguments) > 1:
            builder.priority = _integer(call.arguments[1]) or 0
        elif detail == "Label" and second is not None:
            builder.label = second

    def _instances(self, builder: _KernelBuilder, call: FoundCall) -> list[_KernelBuilder]:
        """The kernels that a function template registers: one for each of its instantiations in the file."""
        if not builder.parameters:
            return [builder]
        if len(builder.parameters) > 1:
            self._skip(call, "depends on several template parameters")
            return []
        ((attr, parameter),) = builder.parameters.items()
        result = []
        for dtype in self._scope.instantiations(self._file, call.line, parameter):
            instance = copy.deepcopy(builder)
            instance.constrain(attr, (dtype,))
            result.append(instance)
        if not result:
            self._skip(call, f"no instantiation for the template parameter {parameter} was found")
        return result


class _KernelBuilder:
    """KernelDefBuilder of tensorflow/core/framework/kernel_def_builder.h, as far as matching a node needs it."""

    def __init__(self, op: str) -> None:
        self.op = op
        self.device = ""
        self.label = ""
        self.priority = 0
        self.constraints: dict[str, tuple[str, ...]] = {}
        self.values: dict[str, tuple[Value, ...]] = {}
        self.host_memory: list[str] = []
        # attr → template parameter of the function that registers, for the C API's kernels
        self.parameters: dict[str, str] = {}

    def constrain(self, attr: str, dtypes: tuple[str, ...]) -> None:
        self.constraints[attr] = dtypes

    def apply(self, link: ChainedCall, scope: Scope) -> str | None:
        """Take a chained call; returns what could not be read, if anything."""
        arguments = link.arguments
        if link.method == "Device" and arguments:
            self.device = _device(arguments[0], scope)
        elif link.method == "TypeConstraint" and arguments:
            return self._type_constraint(link, scope)
        elif link.method == "AttrConstraint" and len(arguments) == 2:
            return self._attr_constraint(link, scope)
        elif link.method == "HostMemory" and arguments:
            name = scope.string(arguments[0])
            if name is None:
                return f"the host memory argument {spell(arguments[0])!r} is not a constant found in the sources"
            self.host_memory.append(name)
        elif link.method == "Label" and arguments:
            label = scope.string(arguments[0])
            if label is None:
                return f"the label {spell(arguments[0])!r} is computed when the program starts"
            self.label = label
        elif link.method == "Priority" and arguments:
            priority = _integer(arguments[0])
            if priority is None:
                return f"the priority {spell(arguments[0])!r} is not a number"
            self.priority = priority
        elif link.method != "Build":
            return f"unknown builder call {link.method}()"
        return None

    def _type_constraint(self, link: ChainedCall, scope: Scope) -> str | None:
        attr = scope.string(link.arguments[0])
        if attr is None:
            return f"the attr {spell(link.arguments[0])!r} is not a constant found in the sources"
        if link.template:
            dtype = scope.dtype(spell(link.template))
            if dtype is None:
                return f"the C++ type {spell(link.template)!r} is no dtype"
            self.constrain(attr, (dtype,))
            return None
        dtypes = scope.dtypes(link.arguments[1]) if len(link.arguments) > 1 else None
        if dtypes is None:
            return f"the dtypes of the constraint on {attr} are not a constant found in the sources"
        self.constrain(attr, dtypes)
        return None

    def _attr_constraint(self, link: ChainedCall, scope: Scope) -> str | None:
        attr = scope.string(link.arguments[0])
        if attr is None:
            return f"the attr {spell(link.arguments[0])!r} is not a constant found in the sources"
        allowed = link.arguments[1]
        braces = braced(allowed)
        elements = [allowed] if braces is None else braces
        values = [scope.value(part) for part in elements]
        if values and None not in values:
            self.values[attr] = tuple(value for value in values if value is not None)
            return None
        dtypes = scope.dtypes(allowed)
        if dtypes is None:
            return f"the values that the constraint on {attr} allows are not constants found in the sources"
        self.constrain(attr, dtypes)
        return None

    def build(self, class_text: str, file: str, line: int, system: bool) -> Kernel:
        return Kernel(
            op=self.op,
            class_text=class_text,
            device=self.device,
            constraints=dict(self.constraints),
            file=file,
            line=line,
            label=self.label,
            priority=self.priority,
            host_memory=tuple(self.host_memory),
            system=system,
            value_constraints=dict(self.values),
        )


class _OpBuilder:
    """OpDefBuilder of tensorflow/core/framework/op_def_builder.h, as far as matching a node needs it."""

    def __init__(self, op: str) -> None:
        self.op = op
        self.attrs: list[Attr] = []
        self.inputs: list[str] = []
        self.outputs: list[str] = []

    def apply(self, link: ChainedCall, scope: Scope, type_sets: Mapping[str, tuple[str, ...]]) -> str | None:
        """Take a chained call; returns what could not be read, if anything."""
        if link.method not in ("Attr", "Input", "Output") or not link.arguments:
            return None
        spec = scope.string(link.arguments[0])
        if spec is None:
            return f".{link.method}({spell(link.arguments[0])}) is not a constant found in the sources"
        return self.add(link.method, spec, type_sets)

    def add(self, what: str, spec: str, type_sets: Mapping[str, tuple[str, ...]]) -> str | None:
        if what == "Input":
            self.inputs.append(" ".join(spec.split()))
        elif what == "Output":
            self.outputs.append(" ".join(spec.split()))
        else:
            attr = parse_attr(spec, type_sets)
            if attr is None:
                return f"cannot read the attr {spec!r}"
            self.attrs.append(attr)
        return None

    def build(self, file: str, line: int, system: bool) -> OpDefinition:
        return OpDefinition(
            self.op, tuple(self.attrs), file, line, tuple(self.inputs), tuple(self.outputs), system=system
        )


_PROLOGUE = tokenize("REGISTER_OP()")


def _first_chain(parts: list[Token]) -> list[Token]:
    """A chain ends where the statement does, or where another call of the marker is separated from it by nothing."""
    nesting = 0
    for position, token in enumerate(parts):
        if token.text in ("(", "[", "{"):
            nesting += 1
        elif token.text in (")", "]", "}"):
            nesting -= 1
        elif nesting == 0 and position >= len(_PROLOGUE) and parts[position - 1].text == ")" and token.text != ".":
            return parts[:position]
    return parts


def _class_text(arguments: Sequence[tuple[Token, ...]]) -> str:
    """The stringified __VA_ARGS__: the arguments with the commas between them."""
    pieces = []
    for position, argument in enumerate(arguments):
        if position:
            pieces.append(", " if argument and argument[0].space else ",")
        pieces.append(spell(argument))
    return "".join(pieces)


def _device(expression: Sequence[Token], scope: Scope) -> str:
    name = expression[-1].text if expression else ""
    if not name.startswith("DEVICE_"):
        return scope.string(expression) or name
    devices = scope.store.devices
    if name not in devices:
        # A tree without types.cc only declares them; nearly all have the name of their constant.
        devices[name] = scope.string(expression) or name.removeprefix("DEVICE_")
    return devices[name]


def _without_cast(text: str) -> str:
    cast = _CAST.fullmatch(text.strip())
    return cast[1].strip() if cast is not None else text.strip()


def _integer(expression: Sequence[Token]) -> int | None:
    try:
        return int(spell(expression).replace(" ", ""), 0)
    except ValueError:
        return None


def _is_declaration(call: FoundCall) -> bool:
    """A C function's own declaration looks like a call of it, with types for arguments."""
    return any(token.text == "const" for argument in call.arguments for token in argument) or any(
        len(argument) > 1 and argument[0].text.startswith("TF_") and argument[1].text == "*"
        for argument in call.arguments
    )
