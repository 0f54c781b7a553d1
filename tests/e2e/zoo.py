"""Real models in every format that opsieve reads, built with the TensorFlow that is installed.

``path_of(name)`` builds a model once and keeps it in a cache folder (the environment variable OPSIEVE_MODEL_CACHE, or
``~/.cache/opsieve-tests``), under a name that changes with TensorFlow's version and with the source of its builder.
``python -m e2e.zoo [NAME...]``, run from ``tests/``, builds models ahead of time and prints where they are.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from e2e import networks, networks_dense, networks_features, networks_functions, networks_tf1

Builder = Callable[[Path], Path]


class CannotBuild(Exception):  # noqa: N818 - says what happened rather than that it is an error
    """This model cannot be had here, for example because a package cannot be downloaded."""


@dataclass(frozen=True)
class Entry:
    """A model of the zoo: ``format`` is the one of opsieve.models.usage.FORMATS it is read as."""

    name: str
    format: str
    build: Builder


MODELS: dict[str, Entry] = {}


def _entry(model_format: str) -> Callable[[Builder], Builder]:
    def register(build: Builder) -> Builder:
        MODELS[build.__name__] = Entry(build.__name__, model_format, build)
        return build

    return register


def cache_folder() -> Path:
    """Where built models are kept."""
    chosen = os.environ.get("OPSIEVE_MODEL_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "opsieve-tests"


def path_of(name: str) -> Path:
    """The file or folder of a model, built now if no earlier run left it in the cache.

    Raises:
        CannotBuild: what the model is made from cannot be had.
    """
    home = home_of(name)
    pointer = home / "model-path"
    if not pointer.is_file():
        _build_whole(MODELS[name], home)
    return home / pointer.read_text(encoding="utf-8")


def home_of(name: str) -> Path:
    """The folder in the cache that belongs to a model, with what was found out about it."""
    return cache_folder() / _key(MODELS[name])


def _key(entry: Entry) -> str:
    sources = inspect.getsource(entry.build) + inspect.getsource(networks)
    for module in (networks_dense, networks_features, networks_functions, networks_tf1):
        if module.__name__.rpartition(".")[2] in sources:
            sources += inspect.getsource(module)
    digest = hashlib.sha256(sources.encode()).hexdigest()[:12]
    return f"tensorflow-{_tensorflow_version()}/{entry.name}-{digest}"


def _tensorflow_version() -> str:
    # The package's own metadata: importing TensorFlow takes seconds, and a filled cache does not need it.
    for package in ("tensorflow-cpu", "tensorflow"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            return metadata.version(package)
    raise CannotBuild("TensorFlow is not installed")


def _build_whole(entry: Entry, home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{entry.name}-", dir=home.parent))
    try:
        with warnings.catch_warnings():
            # Keras's own, on a Python that is newer than it.
            warnings.simplefilter("ignore", DeprecationWarning)
            path = entry.build(work)
        (work / "model-path").write_text(str(path.relative_to(work)), encoding="utf-8")
        work.chmod(0o755)
        # Another run may have built the same model meanwhile: its copy is as good as this one.
        with contextlib.suppress(OSError):
            work.rename(home)
    finally:
        shutil.rmtree(work, ignore_errors=True)


# Frozen networks.


@_entry("graphdef")
def mlp(folder: Path) -> Path:
    return _write_graph(networks.frozen_module(networks_dense.classifier()), folder / "mlp.pb")


@_entry("graphdef")
def mobilenet_v1(folder: Path) -> Path:
    return _write_graph(networks.frozen_application("MobileNet", 224), folder / "mobilenet_v1.pb")


@_entry("graphdef")
def inception_v3(folder: Path) -> Path:
    return _write_graph(networks.frozen_application("InceptionV3", 299), folder / "inception_v3.pb")


@_entry("graphdef")
def mobilenet_v2(folder: Path) -> Path:
    return _write_graph(networks.frozen_application("MobileNetV2", 224), folder / "mobilenet_v2.pb")


@_entry("graphdef")
def resnet50(folder: Path) -> Path:
    return _write_graph(networks.frozen_application("ResNet50", 224), folder / "resnet50.pb")


@_entry("graphdef")
def efficientnet_b0(folder: Path) -> Path:
    return _write_graph(networks.frozen_application("EfficientNetB0", 224), folder / "efficientnet_b0.pb")


@_entry("graphdef-text")
def mobilenet_v2_text(folder: Path) -> Path:
    from google.protobuf import text_format

    path = folder / "mobilenet_v2.pbtxt"
    graph = networks.frozen_application("MobileNetV2", 224)
    path.write_text(text_format.MessageToString(graph), encoding="utf-8")
    return path


@_entry("graphdef")
def fake_quantised_cnn(folder: Path) -> Path:
    return _write_graph(networks.frozen_module(networks.fake_quantised_cnn()), folder / "fake_quantised_cnn.pb")


@_entry("graphdef")
def quantised_weights_mobilenet(folder: Path) -> Path:
    """MobileNetV2 after the Graph Transform Tool's quantize_weights: 8-bit constants behind Dequantize."""
    try:
        from tensorflow.python.util import _pywrap_transform_graph as transform_tool
    except ImportError as error:
        raise CannotBuild("this TensorFlow has no Graph Transform Tool") from error
    graph = networks.frozen_application("MobileNetV2", 224)
    output = graph.node[-1].name.encode()
    transformed = transform_tool.TransformGraphWithStringInputs(
        graph.SerializeToString(), b"image", output, b"quantize_weights"
    )
    path = folder / "quantised_weights_mobilenet.pb"
    path.write_bytes(transformed)
    return path


@_entry("graphdef")
def frozen_gru_with_functions(folder: Path) -> Path:
    """A GRU frozen with its While and its function library left as they are."""
    graph = networks.frozen_module(networks.recurrent("GRU"), lower_control_flow=False)
    return _write_graph(graph, folder / "frozen_gru.pb")


# SavedModels.


@_entry("savedmodel")
def lstm(folder: Path) -> Path:
    return _write_saved_model(networks.recurrent("LSTM"), folder / "lstm")


@_entry("savedmodel")
def gru(folder: Path) -> Path:
    return _write_saved_model(networks.recurrent("GRU"), folder / "gru")


@_entry("savedmodel")
def transformer(folder: Path) -> Path:
    return _write_saved_model(networks.greedy_decoder(), folder / "transformer")


@_entry("savedmodel")
def bert_encoder(folder: Path) -> Path:
    return _write_saved_model(networks.bert_encoder(folder / "vocabulary.txt"), folder / "bert_encoder")


@_entry("savedmodel")
def trainable(folder: Path) -> Path:
    return _write_saved_model(networks.trainable(), folder / "trainable")


@_entry("savedmodel")
def dataset_pipeline(folder: Path) -> Path:
    return _write_saved_model(networks.dataset_pipeline(), folder / "dataset_pipeline")


@_entry("savedmodel")
def text_preprocessing(folder: Path) -> Path:
    return _write_saved_model(networks.text_preprocessing(), folder / "text_preprocessing")


@_entry("savedmodel")
def signal_processing(folder: Path) -> Path:
    return _write_saved_model(networks.signal_processing(), folder / "signal_processing")


@_entry("savedmodel")
def object_detector(folder: Path) -> Path:
    return _write_saved_model(networks.object_detector(), folder / "object_detector")


@_entry("savedmodel")
def lookup_tables(folder: Path) -> Path:
    module = networks_features.lookup_tables(folder / "vocabulary.txt")
    return _write_saved_model(module, folder / "lookup_tables")


@_entry("savedmodel")
def sparse_features(folder: Path) -> Path:
    return _write_saved_model(networks_features.sparse_features(), folder / "sparse_features")


@_entry("savedmodel")
def tensor_lists(folder: Path) -> Path:
    return _write_saved_model(networks_features.tensor_lists(), folder / "tensor_lists")


@_entry("savedmodel")
def branches(folder: Path) -> Path:
    return _write_saved_model(networks_features.branches(), folder / "branches")


@_entry("savedmodel")
def linear_algebra(folder: Path) -> Path:
    return _write_saved_model(networks_features.linear_algebra(), folder / "linear_algebra")


@_entry("savedmodel")
def image_augmentation(folder: Path) -> Path:
    return _write_saved_model(networks_features.image_augmentation(), folder / "image_augmentation")


@_entry("savedmodel")
def functions_not_inlined(folder: Path) -> Path:
    return _write_saved_model(networks_functions.functions_not_inlined(), folder / "functions_not_inlined")


@_entry("savedmodel")
def datasets_with_control_flow(folder: Path) -> Path:
    return _write_saved_model(networks_functions.datasets_with_control_flow(), folder / "datasets_with_control_flow")


@_entry("savedmodel")
def basic_pitch(folder: Path) -> Path:
    """Spotify's audio-to-MIDI network, as its package ships it."""
    return _from_wheel("basic-pitch==0.4.0", "basic_pitch/saved_models/icassp_2022/nmp", folder)


@_entry("savedmodel")
def guesslang(folder: Path) -> Path:
    """A detector of programming languages, as its package ships it (an Estimator's export, by TensorFlow 2.5)."""
    return _from_wheel("guesslang==2.2.1", "guesslang/data/model", folder)


# TensorFlow 1, functions with type parameters, and TensorFlow.js.


@_entry("graphdef")
def polymorphic_functions(folder: Path) -> Path:
    return _write_graph(networks.polymorphic_functions(), folder / "polymorphic_functions.pb")


@_entry("graphdef")
def control_flow_kernels(folder: Path) -> Path:
    return _write_graph(networks_functions.control_flow_kernels(), folder / "control_flow_kernels.pb")


@_entry("graphdef")
def symbolic_gradient(folder: Path) -> Path:
    return _write_graph(networks_functions.symbolic_gradient(), folder / "symbolic_gradient.pb")


@_entry("graphdef")
def tf1_frozen_loops(folder: Path) -> Path:
    return _write_graph(networks_tf1.frozen_loops(), folder / "tf1_frozen_loops.pb")


@_entry("graphdef")
def tf1_sums_and_stacks(folder: Path) -> Path:
    return _write_graph(networks_tf1.sums_and_stacks(), folder / "tf1_sums_and_stacks.pb")


@_entry("graphdef")
def speech_commands(folder: Path) -> Path:
    return _write_graph(networks_tf1.frozen_speech_commands(), folder / "speech_commands.pb")


@_entry("graphdef")
def quantised_ops(folder: Path) -> Path:
    return _write_graph(networks_tf1.quantised_ops(), folder / "quantised_ops.pb")


@_entry("savedmodel")
def tf1_saved_model(folder: Path) -> Path:
    return networks_tf1.write_session_saved_model(folder / "tf1_saved_model")


@_entry("metagraph")
def tf1_resource_variables(folder: Path) -> Path:
    return _write_meta_graph(networks_tf1.train_resource_variables, folder / "tf1_resource_variables.meta")


@_entry("metagraph")
def tf1_control_flow(folder: Path) -> Path:
    return _write_meta_graph(networks.tf1_control_flow, folder / "tf1_control_flow.meta")


@_entry("tfjs")
def mobilenet_v2_js(folder: Path) -> Path:
    from e2e.tfjs import write_graph_model

    return write_graph_model(networks.frozen_application("MobileNetV2", 224), folder / "mobilenet_v2_js")


def _write_graph(graph: Any, path: Path) -> Path:
    path.write_bytes(graph.SerializeToString())
    return path


def _write_meta_graph(fill: Callable[[], None], path: Path) -> Path:
    import tensorflow.compat.v1 as tf1

    with tf1.Graph().as_default():
        fill()
        tf1.train.export_meta_graph(str(path))
    return path


def _write_saved_model(module: Any, folder: Path) -> Path:
    import tensorflow as tf

    tf.saved_model.save(module, str(folder), signatures=module.signatures_to_save())
    return folder


def _from_wheel(requirement: str, inside: str, folder: Path) -> Path:
    """A folder of a package's wheel, which is downloaded and unpacked but neither installed nor run."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--ignore-requires-python", "--dest", str(folder), requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        raise CannotBuild(f"pip cannot download {requirement}: {done.stderr.strip()[-300:]}")
    with zipfile.ZipFile(wheels[0]) as wheel:
        wheel.extractall(folder, [name for name in wheel.namelist() if name.startswith(f"{inside}/")])
    wheels[0].unlink()
    return folder / inside


def main() -> None:
    """Build the models named on the command line, or all of them."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    for name in sys.argv[1:] or MODELS:
        try:
            print(f"{name}\t{MODELS[name].format}\t{path_of(name)}", flush=True)
        except CannotBuild as error:
            print(f"{name}\t{MODELS[name].format}\tskipped: {error}", flush=True)


if __name__ == "__main__":
    # As ``e2e.zoo`` rather than ``__main__``, so that the module exists once.
    from e2e.zoo import main as run

    run()
