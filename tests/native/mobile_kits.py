"""Folders that look like the Android NDK and Xcode, so that the presets for them are used as they are.

No package registry has either kit. clang makes the same objects for their processors and systems
from any headers. Here these are musl's for bionic's, macOS' for those of iOS, and LLVM's own of libc++: what the PyPI
package ziglang carries. The libraries are empty; the stand-in compilers leave open what they would define.
"""

from __future__ import annotations

import importlib.util
import stat
from pathlib import Path

import pytest

from native.compilers import require, run

_LLVM = "19"
_TOOLS = ("clang", "clang++", "ld.lld", "ld64.lld", "llvm-ar", "llvm-strip", "llvm-ifs", "llvm-libtool-darwin")

# The NDK's folder of headers and libraries; musl's and the kernel's name of the processor.
_ANDROID = {
    "android-arm64": ("aarch64-linux-android", "aarch64", "aarch64"),
    "android-armv7": ("arm-linux-androideabi", "arm", "arm"),
    "android-x86_64": ("x86_64-linux-android", "x86_64", "x86"),
}
_API_LEVEL = "24"
# As linked with, and as an app then asks for them.
_ANDROID_LIBRARIES = {
    "libc": "libc.so",
    "libm": "libm.so",
    "libdl": "libdl.so",
    "liblog": "liblog.so",
    "libc++": "libc++_shared.so",
}
_SDKS = {"iphoneos": "iPhoneOS", "iphonesimulator": "iPhoneSimulator"}

# libc++/include/__config_site.in of LLVM, filled in.
_CONFIG_SITE = """
#ifndef _LIBCPP___CONFIG
#define _LIBCPP_ABI_VERSION 1
#define _LIBCPP_ABI_NAMESPACE {namespace}
#define _LIBCPP_HAS_THREAD_API_PTHREAD
#define _LIBCPP_PSTL_BACKEND_STD_THREAD
#define _LIBCPP_HARDENING_MODE_DEFAULT 2
{more}
#endif
"""
_BIONIC = """#define _LIBCPP_HAS_MUSL_LIBC
#define _LIBCPP_HAS_NO_VENDOR_AVAILABILITY_ANNOTATIONS"""
# What bionic declares there and musl does not have.
_XLOCALE = """
#pragma once
#include <locale.h>
long long strtoll_l(const char* text, char** end, int base, locale_t locale);
unsigned long long strtoull_l(const char* text, char** end, int base, locale_t locale);
"""
_ANDROID_LOG = """
#pragma once
#include <stdarg.h>
#ifdef __cplusplus
extern "C" {
#endif
typedef enum android_LogPriority {
  ANDROID_LOG_UNKNOWN, ANDROID_LOG_DEFAULT, ANDROID_LOG_VERBOSE, ANDROID_LOG_DEBUG, ANDROID_LOG_INFO,
  ANDROID_LOG_WARN, ANDROID_LOG_ERROR, ANDROID_LOG_FATAL, ANDROID_LOG_SILENT
} android_LogPriority;
int __android_log_write(int priority, const char* tag, const char* text);
int __android_log_print(int priority, const char* tag, const char* format, ...);
int __android_log_vprint(int priority, const char* tag, const char* format, va_list arguments);
#ifdef __cplusplus
}
#endif
"""
_IFS = """--- !ifs-v1
IfsVersion: 3.0
Target: {{ ObjectFormat: ELF, Arch: {arch}, Endianness: little, BitWidth: {bits} }}
SoName: {name}
Symbols: []
...
"""
_TBD = """--- !tapi-tbd
tbd-version: 4
targets: [ arm64-ios, arm64-ios-simulator ]
install-name: '/usr/lib/{name}.dylib'
...
"""


def require_kits() -> Path:
    """ziglang's folder of headers; skips where that, or a tool of LLVM, is missing."""
    for tool in _TOOLS:
        require(f"{tool}-{_LLVM}")
    found = importlib.util.find_spec("ziglang")
    if found is None or found.origin is None:
        pytest.skip("headers for phones: the package ziglang is not installed")
    library = Path(found.origin).parent / "lib"
    if not (library / "libcxx" / "include" / "__config").is_file():
        pytest.skip(f"headers for phones: {library} has no libc++")
    return library


def make_kit(target: str, folder: Path, headers: Path) -> dict[str, str]:
    """Make the kit that a preset asks for, and say what leads to it in the environment; PATH is what to put first."""
    if target in _ANDROID:
        return {"ANDROID_NDK_HOME": str(_ndk(target, folder / "ndk", headers))}
    return {"PATH": str(_xcode(folder / "xcode", headers))}


def _ndk(target: str, ndk: Path, headers: Path) -> Path:
    triple, processor, kernel = _ANDROID[target]
    prebuilt = ndk / "toolchains" / "llvm" / "prebuilt" / "linux-x86_64"
    include = prebuilt / "sysroot" / "usr" / "include"
    libc = headers / "libc" / "include"
    _links(include, libc / "any-linux-any")
    _links(include, libc / "generic-musl")
    _links(include / triple, libc / f"{kernel}-linux-any")
    _links(include / triple, libc / f"{processor}-linux-musl")
    _written(include / "android" / "log.h", _ANDROID_LOG)
    _written(include / "android" / "api-level.h", "")
    _written(include / "xlocale.h", _XLOCALE)
    _cxx_headers(include, headers, namespace="__ndk1", more=_BIONIC)

    libraries = prebuilt / "sysroot" / "usr" / "lib" / triple / _API_LEVEL
    libraries.mkdir(parents=True)
    arch, bits = ("ARM", 32) if processor == "arm" else (processor, 64)
    for name, installed in _ANDROID_LIBRARIES.items():
        text = _written(libraries / f"{name}.ifs", _IFS.format(arch=arch, bits=bits, name=installed))
        run([f"llvm-ifs-{_LLVM}", "--input-format=IFS", f"--output-elf={libraries / name}.so", text])
    resources = prebuilt / "lib" / "clang"
    _links(resources, Path(run([f"clang-{_LLVM}", "-print-resource-dir"]).strip()), but="lib")
    builtins = resources / "lib" / "linux" / f"libclang_rt.builtins-{processor}-android.a"
    builtins.parent.mkdir(parents=True)
    for archive in (libraries / "libc++.a", libraries / "libunwind.a", builtins):
        run([f"llvm-ar-{_LLVM}", "qc", archive])
    for name in ("crtbegin_so", "crtend_so", "crtbegin_dynamic", "crtend_android"):
        source = _written(libraries / f"{name}.c", "")
        run([f"clang-{_LLVM}", f"--target={triple}{_API_LEVEL}", "-c", source, "-o", libraries / f"{name}.o"])

    for name in ("clang", "clang++"):
        compiler = f"{name}-{_LLVM} --sysroot='{prebuilt}/sysroot' -resource-dir='{resources}'"
        # The NDK's own clang needs no telling of the first two. The rest is for libraries that are parts only.
        linking = "-rtlib=compiler-rt -unwindlib=libunwind -Wl,--unresolved-symbols=ignore-all,--undefined-version"
        _compiler(prebuilt / "bin" / name, compiler, linking)
    for name in ("llvm-ar", "llvm-strip"):
        _program(prebuilt / "bin" / name, f'exec {name}-{_LLVM} "$@"')
    return ndk


def _xcode(xcode: Path, headers: Path) -> Path:
    """The folder that has xcrun in it."""
    for sdk in _SDKS.values():
        usr = xcode / f"{sdk}.sdk" / "usr"
        _links(usr / "include", headers / "libc" / "include" / "any-macos-any")
        _cxx_headers(usr / "include", headers, namespace="__1", more="")
        for name, installed in (("libSystem", "libSystem.B"), ("libc++", "libc++.1")):
            _written(usr / "lib" / f"{name}.tbd", _TBD.format(name=installed))
    tools = xcode / "tools"
    for name in ("clang", "clang++"):
        _compiler(tools / name, f"{name}-{_LLVM}", "-fuse-ld=lld -Wl,-undefined,dynamic_lookup")
    _program(tools / "libtool", f'exec llvm-libtool-darwin-{_LLVM} "$@"')
    _program(tools / "strip", f'exec llvm-strip-{_LLVM} "$@"')
    answers = "".join(
        f"'--sdk {sdk} --show-sdk-path') echo '{xcode}/{name}.sdk' ;;\n'--sdk {sdk} --find '*) echo \"{tools}/$4\" ;;\n"
        for sdk, name in _SDKS.items()
    )
    _program(xcode / "bin" / "xcrun", f'case "$*" in\n{answers}*) echo "xcrun: $*?" >&2; exit 64 ;;\nesac')
    return xcode / "bin"


def _cxx_headers(include: Path, headers: Path, *, namespace: str, more: str) -> None:
    _links(include / "c++" / "v1", headers / "libcxx" / "include")
    # Zig gives on its command line what __config_site is for, and took the latter out of __config.
    config = include / "c++" / "v1" / "__config"
    text = config.read_text()
    config.unlink()
    _written(config, _CONFIG_SITE.format(namespace=namespace, more=more) + text)


def _links(folder: Path, source: Path, *, but: str = "") -> None:
    """Links to all that is in a folder; folders that are there already take what else the other has."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        place = folder / entry.name
        if entry.name == but:
            continue
        if not place.is_symlink() and not place.exists():
            place.symlink_to(entry)
        elif place.is_symlink() and place.is_dir() and entry.is_dir():
            before = place.resolve()
            place.unlink()
            _links(place, before)
            _links(place, entry)


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def _compiler(path: Path, command: str, linking: str) -> None:
    """A compiler that is given more when it links."""
    linked = 'case " $* " in *" -c "* | *" -x "* | *" --version "*) false ;; esac'
    _program(path, f'{linked} && set -- "$@" {linking}\nexec {command} "$@"')


def _program(path: Path, text: str) -> None:
    _written(path, f"#!/bin/sh\n{text}\n").chmod(stat.S_IRWXU)
