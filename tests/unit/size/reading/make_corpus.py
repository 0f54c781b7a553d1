"""Makes the small real files in ``corpus`` again: ``python make_corpus.py``, with clang, lld and LLVM's tools 19."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

_SOURCE = """
extern "C" int outside(const char *);
namespace shapes {
thread_local int seen;
int zeros[100];
const char *names[] = {"a circle", "a square"};
static int inner(int x) { return x * 3 + zeros[x & 7]; }
struct Base { virtual int area() const { return 1; } virtual ~Base() {} };
struct Square : Base { int side = 2; int area() const override { return side * side; } };
int use(Base *b) { seen++; return b->area() + inner(zeros[3]) + outside(names[1]); }
Square square;
int run() { return use(&square); }
}
"""
_FLAGS = (
    "-Os",
    "-fPIC",
    "-fdebug-compilation-dir=.",
    "-fno-rtti",
    "-fno-exceptions",
    "-fno-threadsafe-statics",
    "-nostdlib",
)
_CORPUS = Path(__file__).parent / "corpus"


def _run(folder: Path, *command: str | Path) -> None:
    subprocess.run([str(word) for word in command], cwd=folder, check=True)


def make(folder: Path, into: Path) -> None:
    """Make the files, with ``folder`` for what is between."""
    (folder / "shapes.cc").write_text(_SOURCE)

    def compile_(output: str, target: str, *flags: str) -> None:
        _run(folder, "clang++-19", f"--target={target}", *_FLAGS, *flags, "-c", "shapes.cc", "-o", output)

    for machine, target in (
        ("x86-64", "x86_64-linux-gnu"),
        ("i386", "i686-linux-gnu"),
        ("aarch64", "aarch64-linux-gnu"),
        ("arm", "armv7a-linux-gnueabihf"),
    ):
        compile_(f"{machine}.o", target, "-ffunction-sections", "-fexceptions")
        link = ("ld.lld", "-shared", "--allow-shlib-undefined", "--build-id", "--unresolved-symbols=ignore-all")
        extra = ("--pack-dyn-relocs=android+relr",) if machine == "aarch64" else ()
        _run(folder, *link, *extra, "-zmax-page-size=4096", f"{machine}.o", "-o", f"{machine}.so")
    compile_("debug.o", "x86_64-linux-gnu", "-g")
    _run(folder, "llvm-objcopy-19", "--only-keep-debug", "x86-64.so", "debug.so")
    _run(folder, "llvm-objcopy-19", "--strip-all", "--add-gnu-debuglink=debug.so", "x86-64.so", "stripped.so")
    _run(folder, "llvm-objcopy-19", "--strip-sections", "i386.so", "sectionless.so")
    for machine, target in (
        ("arm64", "arm64-apple-ios14"),
        ("x86_64", "x86_64-apple-macos11"),
        ("armv7", "armv7-apple-ios9"),
    ):
        compile_(f"macho-{machine}.o", target, "-g" if machine == "armv7" else "-g0")
        if machine != "armv7":
            platform = ("ios", "14.0", "14.0") if machine == "arm64" else ("macos", "11.0", "11.0")
            link = ("ld64.lld-19", "-dylib", "-arch", machine, "-platform_version", *platform, "-undefined")
            _run(folder, *link, "dynamic_lookup", "-adhoc_codesign", f"macho-{machine}.o", "-o", f"{machine}.dylib")
    _run(folder, "llvm-lipo-19", "-create", "macho-arm64.o", "macho-x86_64.o", "-output", "fat.o")
    (folder / "a member with a long name.txt").write_text("hello")
    names = ("x86-64.o", "a member with a long name.txt", "debug.o")
    _run(folder, "llvm-ar-19", "--format=gnu", "qcD", "gnu.a", *names)
    _run(folder, "llvm-ar-19", "--format=darwin", "qcD", "darwin.a", "macho-arm64.o", "a member with a long name.txt")
    kept = ("x86-64.so", "x86-64.o", "i386.so", "aarch64.o", "aarch64.so", "arm.o", "arm.so", "debug.o", "debug.so")
    more = ("stripped.so", "sectionless.so", "macho-arm64.o", "macho-armv7.o", "x86_64.dylib", "fat.o")
    into.mkdir(exist_ok=True)
    for name in (*kept, *more, "gnu.a", "darwin.a"):
        (into / name).write_bytes((folder / name).read_bytes())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        make(Path(temporary), _CORPUS)
