"""What the rules tell others, what their actions are, and what they refuse, without building anything."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("@opsieve//rules:defs.bzl", "KernelIndexInfo", "SelectiveOpsInfo", "SelectiveSourcesInfo", "SizeReportInfo")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

def _names(files):
    return sorted([file.basename for file in files.to_list()])

def _only_action(env, mnemonic):
    actions = [action for action in analysistest.target_actions(env) if action.mnemonic == mnemonic]
    asserts.equals(env, 1, len(actions), mnemonic)
    return actions[0]

def _hermetic(env, action):
    """Nothing of the environment, and no path that is not below the execution root."""
    asserts.equals(env, {}, action.env or {}, "environment of " + action.mnemonic)
    for word in action.argv or []:
        asserts.false(env, word.startswith("/"), word)

def _kernel_index_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    info = target[KernelIndexInfo]
    asserts.equals(env, "android-full", info.preset)
    asserts.equals(env, ["SELECTIVE_REGISTRATION", "MY_DEFINE=3"], info.defines)
    asserts.equals(env, [info.index], target[DefaultInfo].files.to_list())
    action = _only_action(env, "OpsieveIndex")
    _hermetic(env, action)
    names = _names(action.inputs)
    asserts.true(env, "version.h" in names)
    asserts.true(env, "my_op.cc" in names)
    return analysistest.end(env)

kernel_index_test = analysistest.make(_kernel_index_test_impl)

def _selective_ops_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    info = target[SelectiveOpsInfo]
    for file, name in {
        info.header: "ops_to_register.h",
        info.op_files: "tf_op_files.txt",
        info.selection: "selection.json",
        info.starlark: "selected.bzl",
        info.makefile: "selected.mk",
    }.items():
        asserts.equals(env, name, file.basename)
        asserts.equals(env, info.include_dir, file.dirname)
    asserts.equals(env, ["digits_mlp.pb"], _names(info.models))
    asserts.equals(env, "opsieve.lock", info.lock.basename)
    asserts.equals(env, None, info.index)
    asserts.equals(env, ["SELECTIVE_REGISTRATION", "SUPPORT_SELECTIVE_REGISTRATION"], info.defines)

    context = target[CcInfo].compilation_context
    asserts.equals(env, sorted(info.defines), sorted(context.defines.to_list()))
    asserts.equals(env, [info.include_dir], context.includes.to_list())
    asserts.equals(env, [info.header], context.headers.to_list())

    groups = target[OutputGroupInfo]
    asserts.equals(env, [info.header], groups.header.to_list())
    asserts.equals(env, [info.op_files], groups.op_files.to_list())
    asserts.equals(env, [info.selection], groups.selection.to_list())
    asserts.equals(env, [info.starlark], groups.starlark.to_list())
    asserts.equals(env, [info.makefile], groups.makefile.to_list())
    asserts.equals(env, ["opsieve.lock"], _names(groups.lock))

    action = _only_action(env, "OpsieveSelect")
    _hermetic(env, action)
    names = _names(action.inputs)
    for name in ["digits_mlp.pb", "extra_ops.yaml", "opsieve.lock"]:
        asserts.true(env, name in names, name)
    return analysistest.end(env)

selective_ops_test = analysistest.make(_selective_ops_test_impl)

def _selective_sources_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    info = target[SelectiveSourcesInfo]
    asserts.true(env, info.sources.is_directory)
    asserts.equals(env, [info.sources], target[DefaultInfo].files.to_list())
    asserts.equals(env, ["kernel.h"], _names(info.headers))
    asserts.equals(env, ["kernel.h"], _names(target[CcInfo].compilation_context.headers))
    action = _only_action(env, "OpsieveSources")
    _hermetic(env, action)
    names = _names(action.inputs)
    asserts.true(env, "kernel.cc" in names and "selection.json" in names)

    # A header that changes copies nothing again.
    asserts.false(env, "kernel.h" in names)
    return analysistest.end(env)

selective_sources_test = analysistest.make(_selective_sources_test_impl)

def _selective_tensorflow_library_test_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[CcInfo]

    # What it is compiled and linked with is what TensorFlow's libraries are, ...
    defines = info.compilation_context.defines.to_list()
    for define in ["OF_KERNELS", "OF_THE_RUNTIME", "OF_WHAT_OPS_NEED", "SELECTIVE_REGISTRATION"]:
        asserts.true(env, define in defines, define)
    inputs = info.linking_context.linker_inputs.to_list()
    flags = [flag for one in inputs for flag in one.user_link_flags]
    for flag in ["-lof_kernels", "-lof_what_ops_need"]:
        asserts.true(env, flag in flags, flag)

    # ... and they are not linked, which have every kernel, but for the runtime.
    owners = [one.owner.name for one in inputs if one.libraries]
    asserts.equals(env, ["library", "portable_tensorflow_lib_lite"], sorted(owners))
    for one in inputs:
        for library in one.libraries:
            if one.owner.name == "library":
                asserts.true(env, library.alwayslink)
    return analysistest.end(env)

selective_tensorflow_library_test = analysistest.make(_selective_tensorflow_library_test_impl)

def _size_report_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    info = target[SizeReportInfo]
    asserts.equals(env, ["csv", "text"], sorted(info.reports.keys()))
    asserts.equals(env, "size.csv", target[OutputGroupInfo].csv.to_list()[0].basename)
    asserts.equals(env, "library.so", info.binary.basename)
    _hermetic(env, _only_action(env, "OpsieveSize"))
    return analysistest.end(env)

size_report_test = analysistest.make(_size_report_test_impl)

def _runfiles_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    names = _names(target[DefaultInfo].default_runfiles.files)
    for name in ctx.attr.runfiles:
        asserts.true(env, name in names, name)
    written = "".join([action.content or "" for action in analysistest.target_actions(env) if action.mnemonic == "FileWrite"])
    for words in ctx.attr.words:
        asserts.true(env, words in written, words + " in " + written)
    return analysistest.end(env)

runfiles_test = analysistest.make(_runfiles_test_impl, attrs = {
    "runfiles": attr.string_list(),
    "words": attr.string_list(),
})

def _failure_test_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.expect_failure(env, ctx.attr.message)
    return analysistest.end(env)

failure_test = analysistest.make(_failure_test_impl, expect_failure = True, attrs = {"message": attr.string()})
