"""The arguments that make each kind of linker do the same."""

from __future__ import annotations


def whole_archive(form: str, name: str, folder: str | None = None) -> tuple[str, ...]:
    """Link all of ``lib<name>.a``: nothing refers to a registration, so that it would be left out otherwise.

    One word, because pkg-config and CMake reorder and join words. Without a ``folder`` the linker looks for the archive
    where -L says (Apple's cannot, and takes it from the current folder).
    """
    if form == "macho":
        return (f"-Wl,-force_load,{folder + '/' if folder else ''}lib{name}.a",)
    archive = f"{folder}/lib{name}.a" if folder else f"-l:lib{name}.a"
    return (f"-Wl,--whole-archive,{archive},--no-whole-archive",)


def dropping_flags(form: str) -> tuple[str, ...]:
    """Leave out what nothing refers to."""
    return ("-Wl,-dead_strip",) if form == "macho" else ("-Wl,--gc-sections",)


def page_flags(form: str, page_size: int) -> tuple[str, ...]:
    """Segments that can be loaded with pages of that many bytes."""
    return (f"-Wl,-z,max-page-size={page_size}",) if form == "elf" else ()
