"""selective_ops: what models need of TensorFlow, as a header and lists of sources."""

load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load(":kernel_index.bzl", "compile_defines")
load(":opsieve_run.bzl", "RUN_STAGED", "run_opsieve")
load(":paths.bzl", "model_name", "shown_label", "staged_name")
load(":providers.bzl", "KernelIndexInfo", "SelectiveOpsInfo")

def _repeated(flag, values):
    words = []
    for value in values:
        words += [flag, value]
    return words

def _selecting(ctx):
    """The arguments that `opsieve generate` and `opsieve lock` have in common."""
    words = [model_name(model) for model in ctx.attr.models + ctx.attr.extra_ops]
    if ctx.file.index:
        words += ["--tensorflow", staged_name(ctx.file.index)]
    words += _repeated("--tag", ctx.attr.model_tags)
    words += _repeated("--signature", ctx.attr.signatures)
    words += _repeated("--outputs", ctx.attr.outputs)
    words += _repeated("--inputs", ctx.attr.inputs)
    words += ["--without-saver"] if ctx.attr.without_saver else []
    words += _repeated("--runtime", ["{}={}".format(name, ctx.attr.runtime[name]) for name in sorted(ctx.attr.runtime)])
    words += _repeated("--allow-unresolved", ctx.attr.allow_unresolved)
    return words

def _output(ctx, name):
    return ctx.actions.declare_file("{}/{}".format(ctx.label.name, name))

def _fresh_lock(ctx, inputs, selecting):
    """The lock as it would be written now."""
    fresh = _output(ctx, "lock/opsieve.lock")
    run_opsieve(
        ctx,
        commands = [["lock"] + selecting + ["-o", "out/opsieve.lock"]],
        inputs = inputs,
        outputs = [fresh],
        output_dir = fresh.dirname,
        mnemonic = "OpsieveLock",
        progress_message = "Locking the kernels of %s" % ctx.label,
    )
    return fresh

def _selective_ops_impl(ctx):
    has_index = ctx.attr.index and KernelIndexInfo in ctx.attr.index
    defines = ctx.attr.index[KernelIndexInfo].defines if has_index else compile_defines("mobile")
    info = SelectiveOpsInfo(
        header = _output(ctx, "ops_to_register.h"),
        include_dir = "{}/{}".format(_package_dir(ctx), ctx.label.name),
        op_files = _output(ctx, "tf_op_files.txt"),
        selection = _output(ctx, "selection.json"),
        starlark = _output(ctx, "selected.bzl"),
        makefile = _output(ctx, "selected.mk"),
        models = depset(ctx.files.models),
        lock = ctx.file.lock,
        index = ctx.file.index,
        defines = defines,
    )
    outputs = [info.header, info.op_files, info.selection, info.starlark, info.makefile]
    selecting = _selecting(ctx)
    models = depset(ctx.files.models + ctx.files.extra_ops + ctx.files.index)
    commands = [["generate"] + selecting + ["-o", "out"]]
    advice = {
        "--allow-unresolved": "  hint: flags are attributes here, in the rule: allow_unresolved = [...]; and sources, preset and defines of its kernel_index",
    }
    groups = {}
    if ctx.file.lock:
        groups["lock"] = depset([_fresh_lock(ctx, models, selecting)])
        commands = [["lock"] + selecting + ["--check", "-o", staged_name(ctx.file.lock)]] + commands
        advice["opsieve lock"] = "  hint: with Bazel, update the lock with: bazel run {}.update_lock".format(shown_label(ctx.label))
    run_opsieve(
        ctx,
        commands = commands,
        inputs = depset(ctx.files.lock, transitive = [models]),
        outputs = outputs,
        output_dir = info.header.dirname,
        mnemonic = "OpsieveSelect",
        progress_message = "Selecting the kernels of %s" % ctx.label,
        advice = advice,
    )
    return [
        DefaultInfo(files = depset(outputs)),
        OutputGroupInfo(
            header = depset([info.header]),
            op_files = depset([info.op_files]),
            selection = depset([info.selection]),
            starlark = depset([info.starlark]),
            makefile = depset([info.makefile]),
            **groups
        ),
        CcInfo(compilation_context = cc_common.create_compilation_context(
            headers = depset([info.header]),
            includes = depset([info.include_dir]),
            defines = depset(defines),
        )),
        info,
    ]

def _package_dir(ctx):
    parts = [ctx.bin_dir.path, ctx.label.workspace_root, ctx.label.package]
    return "/".join([part for part in parts if part])

_selective_ops = rule(
    implementation = _selective_ops_impl,
    attrs = dict(
        RUN_STAGED,
        models = attr.label_list(allow_files = True),
        extra_ops = attr.label_list(allow_files = True),
        signatures = attr.string_list(),
        model_tags = attr.string_list(),
        outputs = attr.string_list(),
        inputs = attr.string_list(),
        without_saver = attr.bool(),
        runtime = attr.string_dict(),
        index = attr.label(allow_single_file = True),
        lock = attr.label(allow_single_file = True),
        allow_unresolved = attr.string_list(),
    ),
    provides = [CcInfo, SelectiveOpsInfo],
)

_UPDATE = """#!/usr/bin/env bash
set -eu
: "${{BUILD_WORKSPACE_DIRECTORY:?run this with: bazel run}}"
cp "{fresh}" "$BUILD_WORKSPACE_DIRECTORY/{lock}"
chmod u+w "$BUILD_WORKSPACE_DIRECTORY/{lock}"
echo "wrote {lock}"
"""

def _update_lock_impl(ctx):
    fresh = ctx.attr.ops[OutputGroupInfo].lock.to_list()[0]
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    lock = ctx.attr.ops[SelectiveOpsInfo].lock
    ctx.actions.write(script, _UPDATE.format(fresh = fresh.short_path, lock = lock.short_path), is_executable = True)
    return [DefaultInfo(executable = script, runfiles = ctx.runfiles([fresh]))]

_update_lock = rule(
    implementation = _update_lock_impl,
    attrs = {"ops": attr.label(mandatory = True, providers = [SelectiveOpsInfo])},
    executable = True,
)

def selective_ops(
        name,
        models = [],
        extra_ops = [],
        signatures = [],
        model_tags = [],
        outputs = [],
        inputs = [],
        without_saver = False,
        runtime = {},
        index = None,
        lock = None,
        allow_unresolved = [],
        **kwargs):
    """Selects the ops and kernels that models need, and writes what TensorFlow is compiled with to have no others.

    The files are in a folder named after the target: ops_to_register.h, tf_op_files.txt, selection.json, selected.bzl
    and selected.mk, each also an output group (`header`, `op_files`, `selection`, `starlark`, `makefile`). A library
    that has the target among its deps gets the header and the defines. The build fails, saying why and what is near,
    when the index lacks a kernel that a model needs.

    Provides SelectiveOpsInfo and CcInfo. With a lock there is `name.update_lock` to run.

    Args:
      name: of the target, and of the folder.
      models: labels, each of one file, or of a filegroup with the files of one SavedModel.
      extra_ops: labels of opsieve's or TensorFlow's lists of ops that the app calls itself.
      signatures: keep only what these signatures need.
      model_tags: tags of the MetaGraph to read from a SavedModel; the default is `serve`.
      outputs: keep only what these tensors of the main graph need.
      inputs: leave out what only computes these tensors, which the app feeds.
      without_saver: leave out what saves and restores variables.
      runtime: how the app runs TensorFlow: a dict from a pass, such as `grappler`, to `on` or `off`.
      index: label of a kernel_index, or of a file that `opsieve index` wrote; without it the index inside opsieve.
      lock: label of an opsieve.lock in the source tree; the build fails when it is out of date.
      allow_unresolved: ops that may lack a kernel.
      **kwargs: what every rule has: visibility, tags, testonly, ...
    """
    if not models and not extra_ops:
        fail("selective_ops(name = \"{}\"): name at least one model, or a list of ops as extra_ops".format(name))
    _selective_ops(
        name = name,
        models = models,
        extra_ops = extra_ops,
        signatures = signatures,
        model_tags = model_tags,
        outputs = outputs,
        inputs = inputs,
        without_saver = without_saver,
        runtime = runtime,
        index = index,
        lock = lock,
        allow_unresolved = allow_unresolved,
        **kwargs
    )
    if lock:
        _update_lock(
            name = name + ".update_lock",
            ops = name,
            tags = ["manual"],
            testonly = kwargs.get("testonly", False),
            visibility = ["//visibility:private"],
        )
