"""examples/bazel-app with a small tree in TensorFlow's place: it runs, rebuilds little, and shares caches."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import opsieve
from bazel.bazel import ROOT, Bazel, Result
from native.compilers import require

_EXAMPLE = ROOT / "examples" / "bazel-app"
_DEMO = Path(opsieve.__file__).parent / "data" / "demo"

# What TensorFlow's select()s ask for before they give the sources of a mobile library to a Linux. As docs/bazel.md has
# it, with this machine's compiler in place of one for ARM.
_MOBILE = "--crosstool_top=//external:android/chromiumos"
_BIND = 'bind(name = "android/chromiumos", actual = "@bazel_tools//tools/cpp:toolchain")\n'
# Of opsieve's own actions.
_OWN = ("OpsieveIndex", "OpsieveSelect", "OpsieveSources", "OpsieveSize")


@pytest.fixture(scope="module")
def app(bazel: Bazel, tensorflow_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the example, as its README says, with a second app for another model beside it; all of it built."""
    for program in ("g++", "protoc"):
        require(program)
    folder = tmp_path_factory.mktemp("apps") / "bazel-app"
    shutil.copytree(_EXAMPLE, folder)
    workspace = (folder / "WORKSPACE").read_text()
    workspace = workspace.replace('"../.."', f'"{bazel.checkout}"').replace('"../tensorflow"', f'"{tensorflow_tree}"')
    (folder / "WORKSPACE").write_text(workspace + _BIND)
    # A link to the output base of one server is a folder of packages to another.
    (folder / ".bazelignore").write_text("bazel-bazel-app\n")
    build_file = (folder / "BUILD").read_text()
    (folder / "BUILD").write_text(
        build_file.replace("\n# What this", '\npackage(default_visibility = ["//visibility:public"])\n\n# What this', 1)
        + 'exports_files(["digits_mlp.pb", "main.cc"])\n'
    )
    (folder / "other").mkdir()
    shutil.copy(_DEMO / "digits_cnn.pbtxt", folder / "other")
    (folder / "other" / "BUILD").write_text(
        'load("@opsieve//rules:defs.bzl", "selective_ops")\n'
        'selective_ops(name = "ops", index = "//:kernels", models = ["digits_cnn.pbtxt"])\n'
        'exports_files(["digits_cnn.pbtxt"])\n'
    )
    bazel.must(folder, "test", _MOBILE, f"--disk_cache={bazel.folder / 'disk'}", "//...")
    yield folder
    bazel.stop(folder)


def build(bazel: Bazel, app: Path, *arguments: str, output_base: Path | None = None) -> Result:
    """All of the app, with the disk cache of the session."""
    return bazel.must(
        app, "build", _MOBILE, f"--disk_cache={bazel.folder / 'disk'}", *arguments, "//...", output_base=output_base
    )


def executed(log: Path) -> list[dict[str, Any]]:
    """The actions of an execution log: JSON objects one after the other."""
    decoder, text, actions = json.JSONDecoder(), log.read_text(), []
    while text:
        action, end = decoder.raw_decode(text)
        actions.append(action)
        text = text[end:].lstrip()
    return actions


def test_the_app_knows_its_digits_within_budget(bazel: Bazel, app: Path) -> None:
    said = subprocess.run(
        [bazel.bin(app) / "digits", "digits_mlp.pb", "three.txt"], cwd=app, capture_output=True, text=True, check=True
    )
    # What TensorFlow itself says, as in the other example's README.
    assert said.stdout.startswith("three.txt: 3 (0.99976")


def test_another_model_needs_ops_that_are_not_there(bazel: Bazel, app: Path, tmp_path: Path) -> None:
    model = tmp_path / "other.pb"
    model.write_bytes((app / "digits_mlp.pb").read_bytes().replace(b"\x04Relu", b"\x04Sqrt"))
    done = subprocess.run([bazel.bin(app) / "digits", model, "three.txt"], cwd=app, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Sqrt" in done.stderr


def test_only_selected_sources_are_compiled(bazel: Bazel, app: Path) -> None:
    folder = bazel.bin(app) / "digits_tensorflow.sources.cc"
    copied = {str(path.relative_to(folder)) for path in folder.rglob("*.cc")}
    selected = {
        line for line in (bazel.bin(app) / "digits_ops" / "tf_op_files.txt").read_text().splitlines() if line[0] != "#"
    }
    assert copied == selected
    assert "tensorflow/core/kernels/conv_ops_float.cc" not in copied


def test_generated_files_are_those_of_the_command_line(bazel: Bazel, app: Path, tmp_path: Path) -> None:
    """And so say nothing of folders of Bazel."""
    shutil.copy(app / "digits_mlp.pb", tmp_path)
    shutil.copy(bazel.bin(app) / "kernels.json.gz", tmp_path)
    command = [sys.executable, "-m", "opsieve", "generate", "digits_mlp.pb", "--tensorflow", "kernels.json.gz"]
    # As it is when the rules are tested, whatever has become of the code since.
    environment = {**os.environ, "PYTHONPATH": str(bazel.checkout / "tools")}
    subprocess.run([*command, "-o", "out"], cwd=tmp_path, env=environment, capture_output=True, check=True)
    written = list((tmp_path / "out").iterdir())
    assert len(written) == 5
    for path in written:
        assert path.read_bytes() == (bazel.bin(app) / "digits_ops" / path.name).read_bytes(), path.name


def test_the_index_is_that_of_the_command_line(bazel: Bazel, app: Path, tensorflow_tree: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "opsieve", "index", str(tensorflow_tree), "--no-cache", "-o", "kernels.json.gz"]
    environment = {**os.environ, "PYTHONPATH": str(bazel.checkout / "tools")}
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert (tmp_path / "kernels.json.gz").read_bytes() == (bazel.bin(app) / "kernels.json.gz").read_bytes()


def test_nothing_is_built_again(bazel: Bazel, app: Path) -> None:
    build(bazel, app)
    again = min((build(bazel, app) for _ in range(3)), key=lambda done: done.seconds)
    assert again.processes == {"internal": 1}
    print(f"null build: {again.seconds} s")
    assert again.seconds <= 1


def test_a_changed_model_reruns_its_selection_alone(bazel: Bazel, app: Path, tmp_path: Path) -> None:
    build(bazel, app)
    model = app / "other" / "digits_cnn.pbtxt"
    model.write_text(model.read_text() + "\n# changed\n")
    log = tmp_path / "log.json"
    done = build(bazel, app, f"--execution_log_json_file={log}", "--noremote_accept_cached")
    assert sorted(action["mnemonic"] for action in executed(log)) == ["OpsieveSelect"]
    assert [action["progressMessage"] for action in executed(log)] == ["Selecting the kernels of //other:ops"]
    assert "OpsieveIndex" not in done.output


def test_another_selection_compiles_nothing_of_the_runtime(bazel: Bazel, app: Path, tmp_path: Path) -> None:
    build(bazel, app)
    build_file = (app / "BUILD").read_text()
    (app / "more.json").write_text('[["Neg", ""]]\n')
    log = tmp_path / "log.json"
    try:
        (app / "BUILD").write_text(
            build_file.replace(
                'models = ["digits_mlp.pb"],\n)', 'extra_ops = ["more.json"],\n    models = ["digits_mlp.pb"],\n)', 1
            )
        )
        bazel.must(app, "build", _MOBILE, f"--execution_log_json_file={log}", "//:digits")
    finally:
        (app / "BUILD").write_text(build_file)
    compiled = [action for action in executed(log) if action["mnemonic"] == "CppCompile"]
    assert compiled
    outputs = [output for action in compiled for output in action["listedOutputs"]]
    assert any("cwise_op_neg" in output for output in outputs)
    assert all("/digits_tensorflow.objects/" in output for output in outputs)
    # As TensorFlow's own libraries are compiled on this platform, and last what is the rule's own.
    for action in compiled:
        words = action["commandArgs"]
        assert {
            "-pthread",
            "-DIS_MOBILE_PLATFORM",
            "-DSUPPORT_SELECTIVE_REGISTRATION",
            "-DSELECTIVE_REGISTRATION",
        } <= set(words)
        assert words.index("-pthread") < words.index("-Os")


def test_a_platform_that_is_not_mobile_to_tensorflow(bazel: Bazel, app: Path) -> None:
    done = bazel.run(app, "build", "//:digits")
    assert done.status == 1
    assert re.search(
        r"Error in fail: //:digits_tensorflow: @org_tensorflow//tensorflow/core:portable_tensorflow_lib_lite has no "
        r"sources for this configuration",
        done.output,
    ), done.output[-3000:]
    assert "--config=android_arm64" in done.output


def test_a_second_output_base_takes_all_from_the_disk_cache(bazel: Bazel, app: Path, tmp_path: Path) -> None:
    build(bazel, app)
    other = bazel.folder / "second"
    done = build(bazel, app, "--symlink_prefix=/", output_base=other)
    bazel.stop(app, other)
    hits = done.processes
    # Bazel 4 calls them remote.
    kind = "remote cache hit" if "remote cache hit" in hits else "disk cache hit"
    assert set(hits) == {"internal", kind}
    assert hits[kind] > 60


def test_a_second_output_base_takes_all_from_an_http_cache(bazel: Bazel, app: Path, tmp_path: Path) -> None:
    if shutil.which("nginx") is None:
        pytest.skip("nginx, which serves the HTTP cache, is not installed")
    port = 18743
    (tmp_path / "cache").mkdir()
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(
        f"""daemon off; pid {tmp_path}/pid; error_log stderr; user root;
events {{}}
http {{
  access_log off; client_max_body_size 0; client_body_temp_path {tmp_path}/body;
  proxy_temp_path {tmp_path}/p; fastcgi_temp_path {tmp_path}/f;
  uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;
  server {{
    listen 127.0.0.1:{port};
    location / {{ root {tmp_path}/cache; dav_methods PUT; create_full_put_path on; }}
  }}
}}
"""
    )
    server = subprocess.Popen(["nginx", "-p", str(tmp_path), "-c", str(configuration)], stderr=subprocess.DEVNULL)
    remote = f"--remote_cache=http://127.0.0.1:{port}"
    bases = [bazel.folder / "http1", bazel.folder / "http2"]
    try:
        for base in bases:
            arguments = [_MOBILE, remote, "--symlink_prefix=/", "//:digits_ops", "//:digits_tensorflow.sources"]
            done = bazel.must(app, "build", *arguments, output_base=base)
            bazel.stop(app, base)
    finally:
        server.terminate()
        server.wait()
    assert done.processes.get("remote cache hit") == 3, done.output[-2000:]
    assert set(done.processes) == {"internal", "remote cache hit"}


_OWN_PARTS = """
load("@opsieve//rules:defs.bzl", "selective_sources", "whole_archive")
load("@rules_cc//cc:cc_binary.bzl", "cc_binary")
load("@rules_cc//cc:cc_library.bzl", "cc_library")
selective_sources(
    name = "kernels",
    srcs = [
        "@org_tensorflow//tensorflow/core:portable_op_registrations_and_gradients",
        "@org_tensorflow//tensorflow/core/kernels:portable_all_ops_textual_hdrs",
        "@org_tensorflow//tensorflow/core/kernels:portable_core_ops",
        "@org_tensorflow//tensorflow/core/kernels:portable_extended_ops",
    ],
    elsewhere = ["@org_tensorflow//tensorflow/core:mobile_srcs"],
    ops = "//:digits_ops",
)
cc_library(
    name = "objects",
    srcs = [":kernels"],
    alwayslink = True,
    copts = ["-ffile-prefix-map=$(BINDIR)/parts/kernels.cc/="],
    linkstatic = True,
    deps = ["//:digits_ops", ":kernels", "@org_tensorflow//tensorflow/core:portable_tensorflow_lib_lite"],
)
whole_archive(name = "whole", library = ":objects")
cc_binary(name = "with_all", srcs = ["//:main.cc"], deps = [":whole"])
cc_binary(name = "without", srcs = ["//:main.cc"], deps = [":objects"])
"""


def test_a_library_of_ones_own_is_linked_as_a_whole(bazel: Bazel, app: Path) -> None:
    """The parts that selective_tensorflow_library is made of, with a cc_library between them."""
    (app / "parts").mkdir()
    (app / "parts" / "BUILD").write_text(_OWN_PARTS)
    arguments = [_MOBILE, f"--disk_cache={bazel.folder / 'disk'}", "--linkopt=-fuse-ld=gold"]
    bazel.must(app, "build", *arguments, "//parts:with_all", "//parts:without")

    def said(program: str) -> subprocess.CompletedProcess[str]:
        command = [bazel.bin(app) / "parts" / program, "digits_mlp.pb", "three.txt"]
        return subprocess.run(command, cwd=app, capture_output=True, text=True, check=False)

    assert said("with_all").stdout.startswith("three.txt: 3 (0.99976")
    # Files are named as in TensorFlow's tree.
    content = (bazel.bin(app) / "parts" / "with_all").read_bytes()
    assert b"parts/kernels.cc" not in content
    # Bazel 4.2 loses registrations otherwise, with this linker; later ones need not.
    without = said("without")
    assert without.returncode == 1 or without.stdout == said("with_all").stdout


def test_a_library_that_lacks_a_kernel_fails_its_coverage_test(bazel: Bazel, app: Path) -> None:
    (app / "lacking").mkdir()
    (app / "lacking" / "BUILD").write_text(
        'load("@opsieve//rules:defs.bzl", "model_coverage_test")\n'
        'model_coverage_test(name = "t", library = "//:digits", models = ["//other:digits_cnn.pbtxt"],\n'
        '    index = "//:kernels")\n'
    )
    done = bazel.run(app, "test", _MOBILE, "//lacking:t")
    assert done.status == 3
    assert "gap: op Conv2D is not in digits" in done.output
    assert re.search(r"fix: compile tensorflow/core/ops/nn_ops\.cc", done.output)
    assert (
        "hint: with Bazel: add the model to the models of a selective_ops, and build //:digits from that" in done.output
    )


def test_a_passed_budget_fails_its_test(bazel: Bazel, app: Path) -> None:
    (app / "heavy").mkdir()
    (app / "heavy" / "BUILD").write_text(
        'load("@opsieve//rules:defs.bzl", "size_budget_test")\n'
        'size_budget_test(name = "t", binary = "//:digits", budget = "100 KB", ops = "//:digits_ops",\n'
        '    per_op_budgets = {"MatMul": "10 B"})\n'
    )
    done = bazel.run(app, "test", _MOBILE, "//heavy:t")
    assert done.status == 3
    assert re.search(r"heavy/t\.yaml:\d+: total: [\d,]+ bytes, [\d,]+ over 100,000", done.output)
    assert re.search(r"heavy/t\.yaml:\d+: op MatMul: [\d,]+ bytes, [\d,]+ over 10 ", done.output)
    assert "2 of 2 size budgets exceeded" in done.output
