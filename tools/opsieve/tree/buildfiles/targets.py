"""The targets of BUILD files, as plain data: macros expanded, globs listed and select() decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Target:
    """One target of a BUILD file.

    Labels are in full and canonical: ``//tensorflow/core/kernels:conv_ops``, ``@com_google_absl//absl/log:log``.
    A file of the tree is a label too (``//tensorflow/core/kernels:conv_ops.cc``); a repository that lies in the tree
    (``@local_tsl//tsl/platform:env`` of ``third_party/xla/third_party/tsl``) keeps its name in the label.
    ``rule`` is the native rule that macros came down to (``cc_library``, ``filegroup``, ``alias``, ``proto_library``,
    ``genrule``...), or the name of a rule that is not known and of which only the attributes below were kept.
    ``file`` and ``line``: the BUILD file, relative to the tree, and where in it the target is made.
    ``attributes``: what else was given, as far as it is plain (strings, numbers, truth values, lists of strings).
    """

    label: str
    rule: str
    file: str
    line: int = 0
    srcs: tuple[str, ...] = ()
    hdrs: tuple[str, ...] = ()
    textual_hdrs: tuple[str, ...] = ()
    deps: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    local_defines: tuple[str, ...] = ()
    copts: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    linkopts: tuple[str, ...] = ()
    alwayslink: bool = False
    testonly: bool = False
    actual: str = ""
    outs: tuple[str, ...] = ()
    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Package:
    """A BUILD file evaluated. ``path`` is its label without the target: ``//tensorflow/core``, ``@local_tsl//tsl``.

    ``folder``: where it lies, relative to the tree. ``targets``: by the name after the colon.
    ``notes``: what was not understood (a load that leads out of the tree, a rule of unknown kind), one line each.
    """

    path: str
    folder: str
    targets: Mapping[str, Target]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """What select() is decided for. A row of configurations.yaml; a user may bring a file of the same form.

    ``settings``: the values of Bazel's own flags that config_setting compares (``cpu``, ``crosstool_top``,
    ``apple_platform_type``, ``compilation_mode``); ``defines``: those of ``--define``; ``constraints``: the constraint
    values of the target platform (``@platforms//os:android``); ``flags``: build settings (bool_flag...) by label.
    """

    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    defines: Mapping[str, str] = field(default_factory=dict)
    constraints: tuple[str, ...] = ()
    flags: Mapping[str, str] = field(default_factory=dict)
