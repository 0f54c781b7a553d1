"""TensorFlow's registration macros, changed so that a kernel which is not selected is not compiled either.

``REGISTER_KERNEL_BUILDER`` (tensorflow/core/framework/op_kernel.h) names the class of every kernel in a lambda that
makes one. The lambda is called if the kernel is selected, and dropped by the optimizer if not. But by then the compiler
has instantiated the class: matrix products of two dozen other types for the one that a model has. In a function
template, ``if constexpr`` leaves it uninstantiated.
"""

from __future__ import annotations

import re

HEADER = "tensorflow/core/framework/op_kernel.h"

_MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(?P<name>\w+)\((?P<parameters>[^()]*)\)(?P<body>(?:.*\\\n)*.*)$", re.M)
_FACTORY = re.compile(
    r"\[\]\s*\(\s*(?:::)?(?:tensorflow::)?OpKernelConstruction\s*\*\s*(?P<context>\w+)\s*\)\s*"
    r"->\s*(?P<result>(?:::)?(?:tensorflow::)?OpKernel\s*\*)\s*"
    r"\{\s*return\s+new\s+__VA_ARGS__\s*\(\s*(?P=context)\s*\)\s*;\s*\}"
)
# TensorFlow 2.4 and later, and before.
_CONDITION = "TF_INIT_ON_STARTUP_IF"
_FLAG = re.compile(r"\bconstexpr\s+bool\s+(?P<flag>[\w#\s]+?)\s*=\s*SHOULD_REGISTER_OP_KERNEL\b")


def lazy_registration(header: str) -> str | None:
    """A header to be found before the tree's ``op_kernel.h``, which has that text: it includes it and changes macros.

    None where no macro has the shape that TensorFlow's had so far. Before C++17 the header changes nothing.
    """
    changed = [text for macro in _MACRO.finditer(header.replace("\r\n", "\n")) if (text := _changed(macro)) is not None]
    if not changed:
        return None
    lines = [
        f"// Made by opsieve from {HEADER}: the class of a kernel that is not selected is not instantiated.",
        "#ifndef OPSIEVE_OP_KERNEL_H_",
        "#define OPSIEVE_OP_KERNEL_H_",
        f'#include_next "{HEADER}"',
        "#if __cplusplus >= 201703L",
        *changed,
        "#endif",
        "#endif  // OPSIEVE_OP_KERNEL_H_",
        "",
    ]
    return "\n".join(lines)


def _changed(macro: re.Match[str]) -> str | None:
    body = macro["body"].replace("\\\n", "\n")
    factories = list(_FACTORY.finditer(body))
    condition = _condition(body)
    if len(factories) != 1 or condition is None:
        return None
    (factory,) = factories
    context = factory["context"]
    lazily = (
        f"[](auto* {context}) -> {factory['result']} {{ "
        f"if constexpr ({condition}) {{ return new __VA_ARGS__({context}); }} else {{ return nullptr; }} }}"
    )
    text = " ".join((body[: factory.start()] + lazily + body[factory.end() :]).split())
    name, parameters = macro["name"], " ".join(macro["parameters"].replace("\\\n", " ").split())
    return f"#undef {name}\n#define {name}({parameters}) {text}"


def _condition(body: str) -> str | None:
    """What decides whether a macro registers: a constant expression."""
    flag = _FLAG.search(body)
    if flag is not None:
        return " ".join(flag["flag"].split())
    start = body.find(f"{_CONDITION}(")
    if start < 0:
        return None
    start += len(_CONDITION) + 1
    depth = 1
    for place in range(start, len(body)):
        depth += {"(": 1, ")": -1}.get(body[place], 0)
        if depth == 0:
            return " ".join(body[start:place].split())
    return None
