"""Inputs for the zoo's models: small, and such that nothing of a model is skipped for want of data."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

_TEXTS = {
    "bert_encoder": ["The cat is on that", "unheard of"],
    "text_preprocessing": ["The 1st, of 22 tests!", "naïve café"],
    "guesslang": ["def f(x):\n  return x + 1\n\nimport sys\nprint(f(2))"],
}


def sample(model: str, argument: str, scratch: Path, shape: list[int | None] | None, dtype: Any) -> Any:
    """A value for an input of a model of the zoo; ``scratch`` is a folder for files that it names."""
    import tensorflow as tf

    if model in _TEXTS:
        return tf.constant(_TEXTS[model])
    make = _BY_ARGUMENT.get(argument)
    if make is not None:
        return make(scratch)
    # A dimension left open gets 2: a batch of two, or a sequence of two.
    return tf.zeros([2 if size is None else size for size in shape or []], dtype)


def _wav(_: Path) -> Any:
    import tensorflow as tf

    stream = io.BytesIO()
    with wave.open(stream, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16000)
        out.writeframes(bytes(range(256)) * 64)
    return tf.constant(stream.getvalue())


def _jpeg(_: Path) -> Any:
    import tensorflow as tf

    return tf.io.encode_jpeg(tf.zeros([64, 48, 3], tf.uint8))


def _png(_: Path) -> Any:
    import tensorflow as tf

    return tf.io.encode_png(tf.fill([24, 20, 3], tf.constant(90, tf.uint8)))


def _checkpoint(scratch: Path) -> Any:
    """A checkpoint with the two weights that the restore signature of ``trainable`` asks for."""
    import tensorflow as tf

    prefix = str(scratch / "weights")
    names = ["hidden:0", "output:0"]
    tf.raw_ops.SaveV2(
        prefix=prefix, tensor_names=names, shape_and_slices=["", ""], tensors=[tf.zeros([8, 16]), tf.zeros([16, 2])]
    )
    return tf.constant(prefix)


def _examples(_: Path) -> Any:
    import tensorflow as tf

    def example(age: float, tags: list[bytes], clicks: list[int]) -> bytes:
        features = {
            "age": tf.train.Feature(float_list=tf.train.FloatList(value=[age])),
            "tags": tf.train.Feature(bytes_list=tf.train.BytesList(value=tags)),
            "clicks": tf.train.Feature(int64_list=tf.train.Int64List(value=clicks)),
        }
        encoded: bytes = tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()
        return encoded

    return tf.constant([example(20.0, [b"new", b"blue"], [1, 2]), example(70.0, [b"old"], [])])


def _constant(value: Any, dtype: str = "float32") -> Callable[[Path], Any]:
    def make(_: Path) -> Any:
        import tensorflow as tf

        return tf.constant(value, tf.as_dtype(dtype))

    return make


_BY_ARGUMENT: dict[str, Callable[[Path], Any]] = {
    "wav": _wav,
    "jpeg": _jpeg,
    "png": _png,
    "path": _checkpoint,
    "examples": _examples,
    "rows": _constant([[1.0, 2, 3, 4], [4, 3, 2, 1], [-1, -2, -3, -4]]),
    "matrix": _constant([[2.0, 1, 0], [1, 3, 1], [0, 1, 4]], "float64"),
    "words": _constant(["one", "blue"], "string"),
    "lines": _constant(["a,b,b", "b", "c,a"], "string"),
    "times": _constant(2, "int32"),
    "n": _constant(5, "int64"),
    "lengths": _constant([3, 5], "int32"),
}
