"""Small trees in TensorFlow's idioms, made from corpus/."""

from __future__ import annotations

from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


def make_tree(name: str, folder: Path, *, crlf: bool = False) -> Path:
    """The tree ``name`` of the corpus, below ``folder``.

    A file x.corpus there is x here, so that no other tool takes it for a package of this repository; files.txt names
    the empty files that globs find.
    """
    source = CORPUS / name
    tree = folder / name
    for file in sorted(source.rglob("*")):
        if file.is_file() and file.name != "files.txt":
            place = tree / str(file.relative_to(source)).removesuffix(".corpus")
            content = file.read_bytes()
            write(place, content.replace(b"\n", b"\r\n") if crlf else content)
    for path in (source / "files.txt").read_text().split():
        write(tree / path, b"")
    return tree


def write(path: Path, content: bytes | str) -> Path:
    """Write a file, its folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
