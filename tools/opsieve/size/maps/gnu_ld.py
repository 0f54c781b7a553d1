"""Maps of GNU ld: "Linker script and memory map", statements of the script with what they put where.

(ld/ldlang.c, print_statements and print_input_section.) An output section starts its line, an input section stands
behind one space, a symbol behind sixteen. A name that reaches the second column has a line of its own.
"""

from __future__ import annotations

from opsieve.size.link_map import FILL, LINKER, LinkMap
from opsieve.size.maps.building import UNSAID, Builder
from opsieve.size.maps.lines import Lines

START = "Linker script and memory map"
_COLUMN = " " * 16
_DATA = ("BYTE ", "SHORT ", "LONG ", "QUAD ", "SQUAD ")
_STUBS = "linker stubs"
# What ld makes for the loader and for itself; it lists that as if it were of the first object.
_MADE = frozenset(
    (
        *(".plt", ".plt.got", ".plt.sec", ".plt.bnd", ".iplt", ".got", ".got.plt", ".igot", ".igot.plt"),
        *(".dynamic", ".dynsym", ".dynstr", ".hash", ".gnu.hash", ".relr.dyn", ".interp", ".dynbss"),
        *(".gnu.version", ".gnu.version_d", ".gnu.version_r", ".data.rel.ro.dynbss"),
        *(".eh_frame_hdr", ".note.gnu.build-id", ".glue_7", ".glue_7t", ".vfp11_veneer", ".v4_bx"),
    )
)
_MADE_STARTS = (".rela.", ".rel.")
_ASSIGNMENTS = frozenset((".", "PROVIDE", "HIDDEN", "PROVIDE_HIDDEN", "ASSERT"))


def read(lines: Lines) -> LinkMap:
    """What follows :data:`START`.

    Raises:
        OpsieveError: a number is none, or the map ends before its last statement.
    """
    builder = Builder(lines)
    whole = False
    # Names that are alone on the line before.
    output = name = ""
    # Whether there is an output section, and whether a row in it, that symbols belong to.
    within = listed = False
    for line in lines:
        if not line.startswith(" "):
            within = within and not line
            listed = False
            name = ""
            words = line.split(None, 3)
            output = words[0] if len(words) == 1 else ""
            if len(words) >= 3 and words[1].startswith("0x") and words[2].startswith("0x"):
                builder.section(words[0], lines.hexadecimal(words[1]), lines.hexadecimal(words[2]))
                within = True
            elif line.startswith("OUTPUT("):
                whole = True
        elif line.startswith(_COLUMN):
            words = line.split(None, 2)
            if len(words) < 2 or not words[0].startswith("0x"):
                name = output = ""
            elif words[1].startswith("0x"):
                address, size = lines.hexadecimal(words[0]), lines.hexadecimal(words[1])
                rest = words[2] if len(words) == 3 else ""
                if output:
                    builder.section(output, address, size)
                    within, listed = True, False
                elif within and rest.startswith(_DATA):
                    builder.add(address, size, LINKER, rest.split(None, 1)[0])
                    listed = False
                elif within and name:
                    builder.add(address, size, _owner(name, rest), name)
                    listed = True
                name = output = ""
            elif words[1] != "(size":
                if listed and not _is_assignment(words[1], line):
                    address = lines.hexadecimal(words[0])
                    builder.symbol(line.split(None, 1)[1].rstrip(), address, UNSAID)
                name = output = ""
        else:
            output = ""
            words = line.split(None, 3)
            if len(words) >= 3 and words[1].startswith("0x") and words[2].startswith("0x"):
                name = ""
                address, size = lines.hexadecimal(words[1]), lines.hexadecimal(words[2])
                if within:
                    listed = words[0] != FILL
                    rest = words[3] if len(words) == 4 else ""
                    builder.add(address, size, _owner(words[0], rest) if listed else LINKER, words[0])
            else:
                name = "" if line.startswith(" *") else line[1:].rstrip()
    if not whole:
        raise lines.error("the map is cut short here, before it names the output")
    if not builder.sections:
        raise lines.error("the map lists no section")
    return builder.map("GNU ld")


def _owner(name: str, rest: str) -> str:
    if not rest or rest == _STUBS or name in _MADE or name.startswith(_MADE_STARTS):
        return LINKER
    return rest.rstrip()


def _is_assignment(word: str, line: str) -> bool:
    """Whether the script gives a symbol its place: what it says is shown where a symbol's name would be."""
    return word in _ASSIGNMENTS or " = " in line
