"""A small tree in the idioms of TensorFlow 2.x; what is expected was written by hand, and agrees with Bazel 4.2.3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from buildfiles.corpus_tree import make_tree, write
from opsieve.errors import OpsieveError
from opsieve.tree.buildfiles import BuildFiles, Configuration, Target, configurations

CORE = "//tensorflow/core"
KERNELS = "//tensorflow/core/kernels"
SETTINGS = "//tensorflow/settings"
XLA = "@local_xla//xla/tsl"


@pytest.fixture(scope="module", params=[False, True], ids=["Unix line ends", "CRLF"])
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tree("modern", tmp_path_factory.mktemp("modern"), crlf=request.param)


@pytest.fixture(scope="module")
def linux(tree: Path) -> Iterator[BuildFiles]:
    with BuildFiles(tree, configurations()["linux"]) as files:
        yield files


@pytest.fixture(scope="module")
def android(tree: Path) -> Iterator[BuildFiles]:
    with BuildFiles(tree, configurations()["android"]) as files:
        yield files


def test_targets_of_a_package(linux: BuildFiles) -> None:
    package = linux.package(KERNELS)
    assert package.path == KERNELS
    assert package.folder == "tensorflow/core/kernels"
    assert {name: (target.rule, target.line) for name, target in package.targets.items()} == {
        "mobile_srcs": ("filegroup", 5),
        "conv_op": ("cc_library", 10),
        "conv_op_gpu": ("cc_library", 10),
        "matmul_op": ("cc_library", 10),
        "deep_conv2d": ("cc_library", 15),
        "portable_all_ops": ("filegroup", 21),
        "conv_ops_srcs": ("filegroup", 33),
        "odd": ("some_library", 44),
        "odd_made": ("some_struct", 44),
        "unheard": ("unheard_of_rule", 46),
    }
    assert all(target.file == "tensorflow/core/kernels/BUILD" for target in package.targets.values())


def test_kernel_library(linux: BuildFiles) -> None:
    assert linux.target(f"{KERNELS}:conv_op") == Target(
        label=f"{KERNELS}:conv_op",
        rule="cc_library",
        file="tensorflow/core/kernels/BUILD",
        line=10,
        srcs=(f"{KERNELS}:conv_ops.cc",),
        hdrs=(f"{KERNELS}:conv_ops.h",),
        deps=(f"{CORE}:framework_lite",),
        copts=("-DROOT=.", "-DSOME=0", "-DNOT_SOME", "-pthread"),
        alwayslink=True,
    )
    assert linux.target(f"{KERNELS}:conv_op_gpu").attributes == {"tags": ["gpu"]}


def test_a_configuration_decides(linux: BuildFiles, android: BuildFiles) -> None:
    lite = f"{CORE}:portable_tensorflow_lib_lite"
    ours, theirs = linux.target(lite), android.target(lite)
    assert ours.defines == ("SUPPORT_SELECTIVE_REGISTRATION", "IS_MOBILE_PLATFORM")
    assert theirs.defines == ("SUPPORT_SELECTIVE_REGISTRATION",)
    assert ours.copts == ("-DROOT=.", "-DSOME=0", "-DNOT_SOME", "-pthread")
    assert theirs.copts == ("-DROOT=.", "-DSOME=0", "-DNOT_SOME", "-DTF_LEAN_BINARY")
    assert (ours.linkopts, theirs.linkopts) == ((), ("-lz",))
    assert ours.srcs == theirs.srcs == (f"{CORE}:mobile_srcs",)
    assert ours.deps == (f"{CORE}:protos_all_cc", "//third_party/eigen3:eigen3", f"{CORE}/platform:env")
    assert theirs.deps == (*ours.deps, f"{CORE}/nowhere:at_all")
    assert ours.alwayslink
    assert linux.target(f"{CORE}:version_info").attributes == {
        "cmd": "$(location //tensorflow/tools/git:gen) --mobile $@"
    }
    assert linux.target(f"{CORE}:framework").attributes == {"linkstatic": True}


def test_no_configuration_at_all(tree: Path) -> None:
    with BuildFiles(tree, Configuration("none")) as files:
        assert files.target(f"{CORE}:portable_tensorflow_lib_lite").srcs == ()
        assert files.target(f"{CORE}:framework").attributes == {"linkstatic": False}


# Which conditions of tensorflow/settings hold; those that are not here do not hold for any of them.
HOLDING = {
    "linux": {
        "chromiumos",
        "on_linux",
        "is_fast_math",
        "is_bfc",
        "mobile",
        "linux_and_chromiumos",
    },
    "android": {"android", "android_arm64", "without_xla", "is_fast_math", "is_bfc", "phone", "mobile"},
    "ios": {"without_xla", "is_fast_math", "is_bfc"},
}


@pytest.mark.parametrize("name", sorted(HOLDING))
def test_conditions(tree: Path, name: str) -> None:
    with BuildFiles(tree, configurations()[name]) as files:
        assert _holding(files) == HOLDING[name]


def test_conditions_of_a_configuration_of_the_user(tree: Path) -> None:
    configuration = Configuration(
        "mine",
        settings={"crosstool_top": "//external:android/crosstool"},
        defines={"with_xla_support": "true"},
        constraints=("@platforms//os:linux",),
        flags={f"{SETTINGS}:fast_math": "false", f"{SETTINGS}:allocator": "other"},
    )
    with BuildFiles(tree, configuration) as files:
        assert _holding(files) == {"android", "on_linux", "with_xla", "phone", "mobile", "android_and_linux"}
        assert files.target(f"{SETTINGS}:most_specific").srcs == (f"{SETTINGS}:android.txt",)
        assert files.target(f"{SETTINGS}:no_branch").srcs == (f"{SETTINGS}:always.txt", f"{SETTINGS}:xla.txt")


def _holding(files: BuildFiles) -> set[str]:
    groups = [target for name, target in files.package(SETTINGS).targets.items() if name.startswith("if_")]
    assert len(groups) == 14
    return {group.label.removeprefix(f"{SETTINGS}:if_") for group in groups if group.srcs == (f"{SETTINGS}:yes.txt",)}


def test_the_most_specific_branch_is_taken(linux: BuildFiles, android: BuildFiles) -> None:
    assert android.target(f"{SETTINGS}:most_specific").srcs == (f"{SETTINGS}:android_arm64.txt",)
    assert linux.target(f"{SETTINGS}:most_specific").srcs == (f"{SETTINGS}:other.txt",)


def test_a_select_that_cannot_be_decided_is_noted(linux: BuildFiles) -> None:
    notes = linux.package(SETTINGS).notes
    assert notes == (
        f"tensorflow/settings/BUILD:135: {SETTINGS}:no_branch: no branch of select() holds: :with_xla",
        f"tensorflow/settings/BUILD:140: {SETTINGS}:two_branches: several branches of select() hold, "
        "the first is taken: :on_linux, :is_bfc",
    )
    assert linux.target(f"{SETTINGS}:no_branch").srcs == (f"{SETTINGS}:always.txt",)
    assert linux.target(f"{SETTINGS}:same_branches").srcs == (f"{SETTINGS}:same.txt",)
    assert f"{SETTINGS}:nowhere does not exist: taken for a condition that does not hold" in linux.notes


def test_files(linux: BuildFiles) -> None:
    assert linux.files(f"{CORE}:mobile_srcs") == (
        "tensorflow/core/framework/tensor.cc",
        "tensorflow/core/framework/tensor.h",
        "tensorflow/core/kernels/conv_ops.h",
        "tensorflow/core/platform/env.cc",
        "tensorflow/core/platform/env.h",
        "third_party/xla/xla/tsl/platform/default/env.cc",
    )
    assert f"{CORE}:framework/gone.cc: there is no such file" in linux.notes
    assert linux.files([f"{KERNELS}:portable_all_ops", f"{KERNELS}:conv_op"]) == (
        "tensorflow/core/kernels/conv_ops.cc",
        "tensorflow/core/kernels/conv_ops.h",
        "tensorflow/core/kernels/deep_conv2d.cc",
        "tensorflow/core/kernels/matmul_op.cc",
    )
    assert linux.files("//tensorflow/core/platform:env") == (
        "third_party/xla/xla/tsl/platform/default/env.cc",
        "third_party/xla/xla/tsl/platform/env.h",
    )
    # A file that a rule makes is none of the tree, and neither are those of other repositories.
    assert linux.files([f"{CORE}:version_lib", "@com_google_absl//absl/strings"]) == ()
    assert linux.files(f"{CORE}:framework") == (
        "tensorflow/core/framework/deep/shape.cc",
        "tensorflow/core/framework/deep/shape.h",
        "tensorflow/core/framework/tensor.cc",
        "tensorflow/core/framework/tensor.h",
    )
    assert linux.files("//third_party/eigen3") == (
        "third_party/eigen3/Eigen",
        "third_party/eigen3/unsupported/Tensor",
        "third_party/eigen3/unsupported/src/TensorBase.h",
    )


def test_closure(linux: BuildFiles) -> None:
    closure = linux.closure(f"{CORE}:portable_tensorflow_lib_lite")
    assert {label: target.rule for label, target in closure.items()} == {
        f"{CORE}:portable_tensorflow_lib_lite": "cc_library",
        f"{CORE}:mobile_srcs": "filegroup",
        f"{CORE}:options": "gen_options",
        f"{CORE}:framework/gone.cc": "missing",
        f"{CORE}:protos_all_cc": "cc_library",
        f"{CORE}:protos_all_genproto": "missing",
        f"{KERNELS}:mobile_srcs": "filegroup",
        f"{CORE}/platform:mobile_srcs": "filegroup",
        f"{CORE}/platform:env": "alias",
        # It makes log.pb.h, which is a header of protos_all_cc.
        f"{CORE}/platform:log_proto_genproto": "proto_gen",
        "//third_party/eigen3:eigen3": "cc_library",
        "@eigen_archive//:eigen3": "external",
        f"{XLA}/platform:env": "cc_library",
        f"{XLA}/platform:mobile_srcs": "filegroup",
        f"{XLA}/protobuf:error_codes_cc": "cc_library",
        f"{XLA}/protobuf:error_codes_genproto": "proto_gen",
        "@com_google_protobuf//:protobuf": "external",
        "@com_google_absl//absl/strings:strings": "external",
    }
    assert list(closure) == sorted(closure)


def test_labels_of_another_repository(linux: BuildFiles) -> None:
    env = linux.target(f"{XLA}/platform:env")
    assert env.file == "third_party/xla/xla/tsl/platform/BUILD"
    # //external means the same in every repository, and twice the same label is once.
    assert env.deps == (
        "@com_google_protobuf//:protobuf",
        f"{XLA}/protobuf:error_codes_cc",
        "@com_google_absl//absl/strings:strings",
    )
    assert linux.target("@org_tensorflow//tensorflow/core:framework").label == f"{CORE}:framework"
    assert linux.repositories.folders == {"": "", "local_xla": "third_party/xla"}


def test_a_rule_is_found_by_what_it_makes(linux: BuildFiles) -> None:
    assert linux.target(f"{CORE}:options.h").label == f"{CORE}:options"
    assert linux.target(f"{CORE}:util/version_info.cc").label == f"{CORE}:version_info"
    assert linux.target(f"{XLA}/protobuf:error_codes.pb.cc").srcs == (f"{XLA}/protobuf:error_codes.proto",)


def test_what_is_not_known_is_noted(linux: BuildFiles) -> None:
    assert linux.package(KERNELS).notes == (
        "tensorflow/core/kernels/BUILD: unheard_of_rule is bound nowhere: taken for a rule that is not known",
        "tensorflow/core/kernels/BUILD: some_library of @some_rules//thing:defs.bzl is not known: "
        "only its attributes are kept",
        "tensorflow/core/kernels/BUILD: some_struct of @some_rules//thing:defs.bzl is not known: "
        "only its attributes are kept",
    )
    assert linux.target(f"{KERNELS}:odd").srcs == (f"{KERNELS}:odd.thing",)
    assert (
        "tensorflow/tensorflow.bzl: @some_rules//thing:defs.bzl is not in the tree: SOME_COPTS, if_not_some_feature, "
        "if_some_feature, some_library, some_struct not known" in linux.notes
    )


def test_what_does_not_exist(linux: BuildFiles) -> None:
    with pytest.raises(OpsieveError, match=r"^//nowhere: there is no BUILD file in nowhere of the tree$"):
        linux.package("//nowhere")
    with pytest.raises(
        OpsieveError, match=r"^//tensorflow/core:none: there is no such target in tensorflow/core/BUILD$"
    ):
        linux.target(f"{CORE}:none")
    with pytest.raises(OpsieveError, match=r"^@elsewhere//x: this repository is not in the tree$"):
        linux.package("@elsewhere//x")


def test_the_order_of_packages_does_not_matter(tree: Path) -> None:
    paths = [KERNELS, CORE, f"{CORE}/platform", f"{XLA}/platform", f"{XLA}/protobuf", SETTINGS, "//third_party/eigen3"]
    described = []
    for order in (paths, paths[::-1]):
        with BuildFiles(tree, configurations()["linux"]) as files:
            found = {path: files.package(path) for path in order}
            described.append(([found[path] for path in paths], files.notes))
    assert described[0] == described[1]


def test_evaluating_goes_on_after_the_worker_was_closed(tree: Path) -> None:
    files = BuildFiles(tree, configurations()["linux"])
    first = files.package(CORE)
    files.close()
    assert files.package(CORE) is first
    assert "conv_op" in files.package(KERNELS).targets
    files.close()


def test_a_bazel_build_file_comes_first(tmp_path: Path) -> None:
    write(tmp_path / "a/BUILD", "filegroup(name = 'wrong')")
    write(tmp_path / "a/BUILD.bazel", "filegroup(name = 'right')")
    with BuildFiles(tmp_path, Configuration("none")) as files:
        assert list(files.package("//a").targets) == ["right"]
