"""Running opsieve in actions and in tests."""

load(":paths.bzl", "staged_input", "tree_input")

# The private attribute of rules whose actions run opsieve.
RUN_STAGED = {
    "_run_staged": attr.label(
        default = Label("//rules/private:run_staged"),
        cfg = "exec",
        executable = True,
    ),
}

# The private attribute of test rules that run opsieve.
OPSIEVE_TO_RUN = {
    "_opsieve": attr.label(
        default = Label("//:opsieve"),
        cfg = "target",
        executable = True,
    ),
}

# run_staged.py shows opsieve copies of and links to what is declared, and nothing else; a sandbox of Bazel's around it
# would link thousands of Python files for a run of a second. Nor does it leave them when Bazel is interrupted.
_OWN_SANDBOX = {
    "no-sandbox": "1",
    "supports-graceful-termination": "1",
}

_TEST = """#!/usr/bin/env bash
set -eu
export OPSIEVE_CACHE_DIR="${{TEST_TMPDIR:-${{TMPDIR:-/tmp}}/opsieve-$$}}/opsieve-cache"
status=0
{command} "$@" || status=$?
if [ $status = 1 ]; then
  echo {advice} >&2
fi
exit $status
"""

def run_opsieve(ctx, commands, inputs, outputs, output_dir, mnemonic, progress_message, tree = None, tree_root = "", advice = {}):
    """Registers an action that runs opsieve, in a folder with the inputs at their paths in the source tree.

    Args:
      ctx: of a rule with RUN_STAGED among its attributes.
      commands: list of lists of strings, arguments of opsieve, one list a run; outputs are below "out".
      inputs: depset of Files.
      outputs: list of Files, which opsieve writes.
      output_dir: string, the folder that "out" stands for.
      mnemonic: of the action.
      progress_message: of the action.
      tree: depset of Files of TensorFlow, for commands that read "../tree"; or None.
      tree_root: string, the folder that the paths of these begin with.
      advice: dict from what opsieve says when a run fails to what is said then besides.
    """
    arguments = ctx.actions.args()
    arguments.use_param_file("@%s", use_always = True)
    arguments.set_param_file_format("multiline")
    arguments.add_all(inputs, map_each = staged_input, format_each = "--input=%s", expand_directories = False)
    if tree:
        arguments.add_all(tree, map_each = tree_input, format_each = "--tree=%s")
    if tree_root:
        arguments.add(tree_root, format = "--tree-root=%s")
    arguments.add(output_dir, format = "--output=out=%s")
    for command in commands:
        arguments.add(command[0], format = "--run=%s")
        arguments.add_all(command[1:], format_each = "--word=%s")
    arguments.add_all(["{}={}".format(said, advice[said]) for said in advice], format_each = "--advice=%s")
    ctx.actions.run(
        executable = ctx.executable._run_staged,
        arguments = [arguments],
        inputs = depset(transitive = [inputs] + ([tree] if tree else [])),
        outputs = outputs,
        mnemonic = mnemonic,
        progress_message = progress_message,
        execution_requirements = _OWN_SANDBOX,
    )

def opsieve_test(ctx, arguments, files, advice):
    """The providers of a test that is one run of opsieve, which passes when the exit status is 0.

    Args:
      ctx: of a test rule with OPSIEVE_TO_RUN among its attributes.
      arguments: list of strings; files by their short_path.
      files: list of Files or depset of Files, which the run reads.
      advice: string, said when the exit status is 1.

    Returns:
      A list of providers.
    """
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    words = [ctx.executable._opsieve.short_path] + arguments
    ctx.actions.write(script, _TEST.format(
        advice = _quoted("  hint: with Bazel: " + advice),
        command = " ".join([_quoted(word) for word in words]),
    ), is_executable = True)
    runfiles = ctx.runfiles(transitive_files = depset(transitive = [files] if type(files) == "depset" else [depset(files)]))
    return [
        DefaultInfo(
            executable = script,
            runfiles = runfiles.merge(ctx.attr._opsieve[DefaultInfo].default_runfiles),
        ),
        testing.ExecutionInfo(_OWN_SANDBOX),
    ]

def _quoted(word):
    return "'" + word.replace("'", "'\\''") + "'"
