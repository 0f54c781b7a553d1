"""Rendering Jinja2 templates: opsieve's own, each of which the user's folder may replace."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from opsieve.codegen import quoting
from opsieve.errors import OpsieveError
from opsieve.resources import cache_folder, resource

if TYPE_CHECKING:
    from jinja2.bccache import Bucket, BytecodeCache

_HINT = "correct the template, or remove it to use opsieve's own"


class Renderer:
    """The templates of opsieve, where a file of the same name in ``overrides`` wins.

    Raises:
        OpsieveError: ``overrides`` is no folder, or none of its files replaces a template.
    """

    def __init__(self, overrides: Path | None) -> None:
        import jinja2

        folders = [resource("templates")]
        if overrides is not None:
            _check_overrides(overrides, folders[0])
            folders.insert(0, overrides)
        self._folders = folders
        self._environment = jinja2.Environment(
            loader=jinja2.ChoiceLoader([jinja2.FileSystemLoader(folder) for folder in folders]),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,
            bytecode_cache=_bytecode_cache(),
        )
        self._environment.filters.update(
            c_string=quoting.c_string,
            starlark_string=quoting.starlark_string,
            make_word=quoting.make_word,
            comment=quoting.comment,
        )

    def render(self, name: str, context: Mapping[str, object]) -> bytes:
        """The file that the template ``name`` makes, in UTF-8.

        Raises:
            OpsieveError: a template is not UTF-8, has a syntax error, uses a name that is not defined, or fails
                otherwise; with the template's file and line.
        """
        import jinja2

        try:
            text = self._environment.get_template(name).render(context)
            return text.encode("utf-8", "surrogateescape")
        except jinja2.TemplateSyntaxError as error:
            place = f"{error.filename or name}:{error.lineno}"
            raise OpsieveError(f"{place}: {error.message}", hint=_HINT) from error
        except jinja2.TemplateNotFound as error:
            place = self._place(error, name)
            raise OpsieveError(f"{place}: there is no template {error.name!r}", hint=_HINT) from error
        except UnicodeDecodeError as error:
            place = self._place(error, name)
            raise OpsieveError(f"{place}: not UTF-8 text, or reads a template that is not", hint=_HINT) from error
        except jinja2.UndefinedError as error:
            raise OpsieveError(f"{self._place(error, name)}: {error.message}", hint=_HINT) from error
        # A template is a program: a wrong one can raise anything (1 / 0, a filter given the wrong type).
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            raise OpsieveError(f"{self._place(error, name)}: {what}", hint=_HINT) from error

    def _file(self, name: str) -> Path:
        return next(folder / name for folder in self._folders if (folder / name).is_file())

    def _place(self, error: BaseException, name: str) -> str:
        """Where in a template the error was raised: Jinja2 puts the template's lines into the traceback."""
        place = str(self._file(name))
        frame: TracebackType | None = error.__traceback__
        while frame is not None:
            file = Path(frame.tb_frame.f_code.co_filename)
            if any(file.is_relative_to(folder) for folder in self._folders):
                place = f"{file}:{frame.tb_lineno}"
            frame = frame.tb_next
        return place


def _bytecode_cache() -> BytecodeCache | None:
    """Compiled templates in the user's cache folder: compiling takes ten times as long as rendering.

    Jinja2 keys them by the template's path and text, and replaces what it cannot read.
    """
    import jinja2

    class Cache(jinja2.FileSystemBytecodeCache):
        def dump_bytecode(self, bucket: Bucket) -> None:
            # A full disk only costs time.
            with contextlib.suppress(OSError):
                super().dump_bytecode(bucket)

    folder = cache_folder() / "templates"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return Cache(str(folder))


def _check_overrides(overrides: Path, own: Path) -> None:
    names = sorted(path.name for path in own.glob("*.j2"))
    if not overrides.is_dir():
        raise OpsieveError(f"{overrides}: not a folder of templates", hint=f"it may hold {', '.join(names)}")
    if not any((overrides / name).is_file() for name in names):
        raise OpsieveError(f"{overrides}: no file in it replaces a template", hint=f"it may hold {', '.join(names)}")
