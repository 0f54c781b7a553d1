"""TensorFlow's list of ops and kernels in JSON: ``[["Add", "BinaryOp<CPUDevice, functor::add<float>>"], ...]``.

This is what TensorFlow's tool takes with ``--proto_fileformat=ops_list`` (_get_ops_from_ops_list in
tensorflow/python/tools/selective_registration_header_lib.py).
"""

from __future__ import annotations

from typing import Any

from opsieve.models.contents import Contents
from opsieve.models.schema import Malformed
from opsieve.models.usage import OpRequest


def read_ops_list(document: list[Any]) -> Contents:
    """One request per pair; an empty, null or absent kernel asks for every kernel of the op.

    Raises:
        Malformed: an item is not such a pair; says at which place in the JSON.
    """
    requests: dict[tuple[str, str | None], OpRequest] = {}
    for index, item in enumerate(document):
        where = f"$[{index}]"
        if not isinstance(item, list) or not 1 <= len(item) <= 2:
            raise Malformed('expected a pair like ["Add", "BinaryOp<...>"]', where)
        op, kernel = item[0], item[1] if len(item) == 2 else None
        if not isinstance(op, str) or not op:
            raise Malformed("expected the name of an op", f"{where}[0]")
        if kernel is not None and not isinstance(kernel, str):
            raise Malformed("expected the class of a kernel, or nothing", f"{where}[1]")
        requests.setdefault((op, kernel or None), OpRequest(op, kernel_class=kernel or None))
    return Contents(requests=tuple(requests.values()))
