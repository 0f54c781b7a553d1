"""The files that TensorFlow's build makes and its sources include: written by opsieve, from the tree alone."""

from __future__ import annotations

import re

from opsieve.tree.linking.protos import Enum, Proto

_HEADING = "// Made by opsieve from {source}; not TensorFlow's own.\n"
_OPTION = re.compile(r"^([ \t]*)#[ \t]*define_option[ \t]+(\w+)[ \t]*\r?$", re.MULTILINE)


def pb_text_header(proto: Proto) -> str:
    """``x.pb_text.h``: the text functions of a .proto file's messages and enums, over the full protobuf runtime.

    What callers see is that of GetProtoTextFunctionCode (tensorflow/tools/proto_text/gen_proto_text_functions_lib.cc):
    ProtoDebugString, ProtoShortDebugString and ProtoParseFromString of a message, EnumName_X of an enum, which is empty
    for a number without a name. All are inline, so that there is no source to compile.
    """
    namespaces = [part for part in proto.package.split(".") if part]
    reference = "::" + "".join(f"{part}::" for part in namespaces)
    guard = re.sub(r"\W", "_", f"{proto.name[: -len('.proto')]}.pb_text.h").upper() + "_"
    generated_header = f"{proto.name[: -len('.proto')]}.pb.h"
    lines = [
        _HEADING.format(source=proto.name),
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        "#include <string>",
        "",
        "#include <google/protobuf/text_format.h>",
        "",
        f'#include "{generated_header}"',
        "",
        *(f"namespace {part} {{" for part in namespaces),
    ]
    for enum in proto.enums:
        lines += ["", *_enum_name(enum, reference)]
    for message in proto.messages:
        lines += ["", *_message_functions(f"{reference}{message}")]
    lines += ["", *(f"}}  // namespace {part}" for part in reversed(namespaces)), "", f"#endif  // {guard}", ""]
    return "\n".join(lines)


def _enum_name(enum: Enum, reference: str) -> list[str]:
    lines = [
        f"inline const char* EnumName_{enum.name}({reference}{enum.name} value) {{",
        "  switch (static_cast<int>(value)) {",
    ]
    named: set[int] = set()
    for name, number in enum.values:
        # Of aliases (allow_alias) the first is the name, as in Name() of the descriptor.
        if number not in named:
            named.add(number)
            lines.append(f'    case {number}: return "{name}";')
    return [*lines, '    default: return "";', "  }", "}"]


def _message_functions(message: str) -> list[str]:
    return [
        f"inline std::string ProtoDebugString(const {message}& message) {{ return message.DebugString(); }}",
        f"inline std::string ProtoShortDebugString(const {message}& message) {{ return message.ShortDebugString(); }}",
        f"inline bool ProtoParseFromString(const std::string& text, {message}* message) {{",
        "  return ::google::protobuf::TextFormat::ParseFromString(text, message);",
        "}",
    ]


def options_header(template: str, source: str) -> str:
    """A header from its template (``options.h.tpl``), every option off: ``#define_option X`` becomes ``TF_OPTION_X()``.

    The rule is tf_gen_options_header of tensorflow/tensorflow.bzl; the one option there is, REGISTRATION_V2, is off by
    default (enable_registration_v2 of tensorflow/BUILD) and excludes selective registration.
    """
    text = template.replace("\r\n", "\n")
    return _HEADING.format(source=source) + _OPTION.sub(r"\1#define TF_OPTION_\2() 0", text)


def version_info_source() -> str:
    """``version_info.cc``: the functions that tensorflow/core/public/version.h declares up to TensorFlow 2.4.

    As write_version_info of tensorflow/tools/git/gen_git_source.py has it; the commit is not told, so that the same
    sources give the same library.
    """
    return (
        _HEADING.format(source="tensorflow/core/public/version.h")
        + """
#include <string>  // for _GLIBCXX_USE_CXX11_ABI

const char* tf_git_version() { return "unknown"; }
const char* tf_compiler_version() { return __VERSION__; }
int tf_cxx11_abi_flag() {
#ifdef _GLIBCXX_USE_CXX11_ABI
  return _GLIBCXX_USE_CXX11_ABI;
#else
  return 0;
#endif
}
int tf_monolithic_build() {
#ifdef TENSORFLOW_MONOLITHIC_BUILD
  return 1;
#else
  return 0;
#endif
}
"""
    )


def version_info_header() -> str:
    """``version_info.h``, which takes its place from TensorFlow 2.5 on: the same as macros."""
    return (
        _HEADING.format(source="tensorflow/tools/git/gen_git_source.py")
        + """
#ifndef TENSORFLOW_CORE_UTIL_VERSION_INFO_H_
#define TENSORFLOW_CORE_UTIL_VERSION_INFO_H_

#define TF_GIT_VERSION "unknown"
#define TF_COMPILER_VERSION __VERSION__
#ifdef _GLIBCXX_USE_CXX11_ABI
#define TF_CXX11_ABI_FLAG _GLIBCXX_USE_CXX11_ABI
#else
#define TF_CXX11_ABI_FLAG 0
#endif
#define TF_CXX_VERSION __cplusplus
#ifdef TENSORFLOW_MONOLITHIC_BUILD
#define TF_MONOLITHIC_BUILD 1
#else
#define TF_MONOLITHIC_BUILD 0
#endif

#endif  // TENSORFLOW_CORE_UTIL_VERSION_INFO_H_
"""
    )
