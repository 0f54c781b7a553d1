"""From what a user typed to models and an index."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from opsieve.cli.messages import progress, warn
from opsieve.errors import OpsieveError
from opsieve.files import shown_paths

if TYPE_CHECKING:
    from opsieve.models.reach import Reach
    from opsieve.models.usage import Model
    from opsieve.tree.index import Index


# What the compilers of a system define by themselves, and registrations ask for.
_SYSTEMS = {"android": "__ANDROID__", "ios": "__APPLE__"}


@dataclasses.dataclass(frozen=True, slots=True)
class ModelRequest:
    """Which models a user named, and which part of them is meant."""

    paths: tuple[str, ...]
    tags: tuple[str, ...]
    reach: Reach

    def named(self) -> list[tuple[str, str]]:
        """Every path once, with its name in generated files, which have no absolute paths."""
        paths = list(dict.fromkeys(self.paths))
        return list(zip(paths, shown_paths([Path(path) for path in paths]), strict=True))

    def read(self, path: str, name: str, *, whole: bool = False) -> Model:
        """One of the models; ``whole``: all of it, whatever part is meant.

        Raises:
            OpsieveError: it cannot be read.
        """
        from opsieve.models import read_model

        tags = frozenset(self.tags) if self.tags else None
        return dataclasses.replace(read_model(path, tags=tags, reach=None if whole else self.reach), path=name)

    def read_all(self, *, whole: bool = False) -> list[Model]:
        """All of them, one after the other.

        Raises:
            OpsieveError: a model cannot be read.
        """
        models = []
        named = self.named()
        with progress("Reading models") as report:
            for path, name in named:
                models.append(self.read(path, name, whole=whole))
                report(len(models), len(named))
        return models


class ModelsBeingRead:
    """Models that a thread reads, and takes the digests of, while the index is loaded and modules are imported."""

    def __init__(self, request: ModelRequest) -> None:
        self._models: list[Model] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(request,), daemon=True)
        self._thread.start()

    def _run(self, request: ModelRequest) -> None:
        try:
            self._models = request.read_all()
        except BaseException as error:  # noqa: BLE001 (raised again by result())
            self._error = error

    def result(self) -> list[Model]:
        """Wait for the models.

        Raises:
            OpsieveError: a model cannot be read.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._models


@dataclasses.dataclass(frozen=True, slots=True)
class IndexRequest:
    """Which index a user asked for: a source tree or an index file, and under which defines.

    ``helpers``: whether it tells what files of a source tree need to link.
    """

    tensorflow: str | None
    preset: str | None
    define: tuple[str, ...]
    undefine: tuple[str, ...]
    sources: tuple[str, ...]
    no_cache: bool
    helpers: bool = True

    def load(self, before_reading: Callable[[], object] | None = None) -> tuple[Index, str]:
        """The index, and how to name where it came from.

        ``before_reading`` is called before a source tree is read by worker processes.

        Raises:
            OpsieveError: neither a source tree nor an index; flags that an index made earlier cannot obey.
        """
        if self.tensorflow is None:
            self.refuse_flags("the embedded index")
            from opsieve.tree.embedded import embedded_index

            index = embedded_index()
            return index, f"the embedded index of TensorFlow {index.version}"
        path = Path(self.tensorflow)
        if path.is_dir():
            from opsieve.tree.linking.cached import TreeHelpers, has_build_files

            index = self._of_tree(path, self.preset, before_reading)
            if self.helpers and has_build_files(path):
                index.helpers = TreeHelpers(path, index, cache=not self.no_cache, warn=warn)
            return index, shown_paths([path])[0]
        if not path.exists():
            raise OpsieveError(f"{path}: there is no such source tree or index")
        self.refuse_flags(str(path))
        from opsieve.tree.document import read_index_file

        return read_index_file(path), shown_paths([path])[0]

    def added_to(self, index: str) -> Index:
        """An index that was made before of this tree, with the custom ops.

        Raises:
            OpsieveError: there are no custom ops; flags that the index cannot obey; a file that cannot be read.
        """
        from opsieve.tree.build import extended_index
        from opsieve.tree.document import read_index_file

        if not self.sources:
            raise OpsieveError("--add-to needs custom ops to add", hint="give their folder with --sources DIR")
        dataclasses.replace(self, sources=()).refuse_flags(index)
        folders = tuple(Path(folder) for folder in self.sources)
        return extended_index(read_index_file(Path(index)), Path(self.tensorflow or ""), folders, warn)

    def compiled_for(self, configuration: str) -> IndexRequest:
        """The same, read as the compilers of a configuration do.

        Raises:
            OpsieveError: the preset is for another one.
        """
        system = _SYSTEMS.get(configuration)
        if system != "__ANDROID__" and (self.preset or "").startswith("android"):
            raise OpsieveError(
                f"--preset {self.preset} is for Android, and the target is not", hint="leave --preset out"
            )
        if system is None or (self.preset or "").startswith("android"):
            return self
        return dataclasses.replace(self, define=(*self.define, system))

    def without_helpers(self) -> IndexRequest:
        """The same, not telling what files need to link."""
        return dataclasses.replace(self, helpers=False)

    def folders(self) -> dict[str, Path]:
        """The folders of custom ops, by the name that files in them have in an index."""
        paths = [Path(folder) for folder in self.sources]
        return dict(zip(shown_paths(paths), (path.resolve() for path in paths), strict=True))

    def alternatives(self, index: Index, ops: frozenset[str]) -> Mapping[str, Index]:
        """The same tree under the other presets, as far as it mentions ``ops``: where could they be had?"""
        from opsieve.tree.presets import preset_names

        if self.tensorflow is None or not Path(self.tensorflow).is_dir() or self.define or self.undefine:
            return {}
        tree = Path(self.tensorflow)
        return {name: self._of_tree(tree, name, mentioning=ops) for name in preset_names() if name != index.preset}

    def _of_tree(
        self,
        tree: Path,
        preset: str | None,
        before_reading: Callable[[], object] | None = None,
        mentioning: frozenset[str] | None = None,
    ) -> Index:
        from opsieve.tree.build import build_index
        from opsieve.tree.presets import DEFAULT_PRESET

        preset = preset or DEFAULT_PRESET
        with progress(f"Reading the source tree ({preset})") as report:

            def reading(done: int, total: int) -> None:
                if done == 0 and before_reading is not None:
                    before_reading()
                report(done, total)

            return build_index(
                tree,
                preset=preset,
                define=self.define,
                undefine=self.undefine,
                sources=tuple(Path(folder) for folder in self.sources),
                cache=not self.no_cache,
                progress=reading,
                mentioning=mentioning,
                warn=warn,
            )

    def refuse_flags(self, what: str) -> None:
        """Refuse the flags of a source tree for ``what`` was made before.

        Raises:
            OpsieveError: one is given.
        """
        given = [
            flag
            for flag, value in (
                ("--preset", self.preset),
                ("--define", self.define),
                ("--undefine", self.undefine),
                ("--sources", self.sources),
            )
            if value
        ]
        if given:
            raise OpsieveError(
                f"{' and '.join(given)} cannot change {what}, which was made before",
                hint="give a source tree with --tensorflow TREE",
            )
