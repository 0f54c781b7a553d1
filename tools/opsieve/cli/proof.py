"""Whether a library that was built registers all that was selected, read from the library itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from opsieve.cli.messages import plural
from opsieve.cli.proved import Proved
from opsieve.errors import OpsieveError

if TYPE_CHECKING:
    from opsieve.selection.selection import Selection
    from opsieve.tree.index import Index


@dataclass(frozen=True, slots=True)
class Proof:
    """``files``: what was built, with its size in bytes. ``missing``: what is selected and not registered."""

    selection: Selection
    files: dict[Path, int]
    read: Path
    missing: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """For programs."""
        return {
            "schema": 1,
            "ops": len(self.selection.ops),
            "kernels": len(self.selection.kernels),
            "sources": len(self.selection.sources),
            "files": [{"path": str(path), "size": size} for path, size in self.files.items()],
            "missing": list(self.missing),
        }

    def text(self) -> str:
        """For people."""
        models = "1 model needs" if len(self.selection.models) == 1 else f"{len(self.selection.models)} models need"
        lines = [
            f"{models} {plural(len(self.selection.ops), 'op')} and {plural(len(self.selection.kernels), 'kernel')}"
            f" from {plural(len(self.selection.sources), 'source file')} of TensorFlow {self.selection.version}"
        ]
        lines += [f"  {path}: {size:,} bytes" for path, size in self.files.items()]
        if self.missing:
            lines += [f"  {self.read} does not register {name}" for name in self.missing]
        else:
            lines.append(f"  {self.read} registers all of them")
        return "\n".join(lines)


def prove(selection: Selection, index: Index, output: Path, name: str) -> Proof:
    """Compare the library in ``output`` with the selection, which was made from ``index``.

    Raises:
        OpsieveError: there is none, or it cannot be read.
    """
    files = {path: path.stat().st_size for path in _built(output, name) if path.is_file()}
    linked = [path for path in files if path.name == "run_model" or path.suffix in (".so", ".dylib")]
    subject = next(iter(linked or files), None)
    if subject is None:
        raise OpsieveError(f"{output}: nothing was built there")
    proved = Proved(output / "build" / "proof.json", subject, selection, index)
    missing = proved.recall()
    if missing is None:
        missing = _missing(selection, index, subject)
        proved.remember(missing)
    return Proof(selection, files, subject, missing)


def _missing(selection: Selection, index: Index, subject: Path) -> tuple[str, ...]:
    from opsieve.binary import read_library, registered

    found = registered(read_library(subject), index)
    known_kernels = found.kernels | {each for each in found.uncertain if not isinstance(each, str)}
    known_ops = found.ops | {each for each in found.uncertain if isinstance(each, str)}
    missing = [f"op {op.name}" for op in selection.ops if op.name not in known_ops and not index.ops[op.name].system]
    missing += [
        f"kernel {kernel.class_text} of {kernel.op}"
        for kernel in selection.kernels
        if (kernel.op, kernel.class_text) not in known_kernels
    ]
    return tuple(dict.fromkeys(missing))


def _built(output: Path, name: str) -> list[Path]:
    names = [f"lib{name}.so", "run_model", f"lib{name}.a"]
    return [*(output / each for each in names), *(output / "stripped" / each for each in names)]
