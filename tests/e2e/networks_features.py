"""More networks of the zoo: what feeds and surrounds a network in an app, as functions of a SavedModel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from e2e.networks import module_of


def lookup_tables(vocabulary: Path) -> Any:
    """Tables of four kinds: from an asset file, from constants, mutable and dense; with out-of-vocabulary buckets."""
    import tensorflow as tf

    vocabulary.write_text("\n".join(["zero", "one", "two", "three"]) + "\n", encoding="utf-8")
    words = tf.lookup.StaticVocabularyTable(
        tf.lookup.TextFileInitializer(
            str(vocabulary),
            tf.string,
            tf.lookup.TextFileIndex.WHOLE_LINE,
            tf.int64,
            tf.lookup.TextFileIndex.LINE_NUMBER,
        ),
        num_oov_buckets=2,
    )
    prices = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(tf.constant([0, 1, 2], tf.int64), tf.constant([0.5, 1.5, 2.5])), -1.0
    )
    counts = tf.lookup.experimental.MutableHashTable(tf.int64, tf.int64, 0)
    dense = tf.lookup.experimental.DenseHashTable(tf.int64, tf.float32, 0.0, empty_key=-1, deleted_key=-2)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="words")])
    def look_up(text: Any) -> Any:
        ids = words.lookup(text)
        counts.insert(ids, counts.lookup(ids) + 1)
        dense.insert(ids, prices.lookup(ids))
        keys, values = counts.export()
        return {
            "ids": ids,
            "keys": keys,
            "values": values,
            "total": tf.reduce_sum(dense.lookup(ids)),
            "size": counts.size(),
        }

    module = module_of(look_up=look_up)
    module.tables = [words, prices, counts, dense]
    return module


def sparse_features() -> Any:
    """A wide and deep network over tf.Example: parsing, hashing, crossing, sparse and ragged embeddings."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(1)
    embedding = tf.Variable(tf.random.normal([64, 8]))
    wide = tf.Variable(tf.random.normal([64, 1]))
    deep = tf.Variable(tf.random.normal([9, 1]))
    features = {
        "age": tf.io.FixedLenFeature([1], tf.float32, default_value=[0.0]),
        "tags": tf.io.VarLenFeature(tf.string),
        "clicks": tf.io.RaggedFeature(tf.int64),
    }

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def score(examples: Any) -> Any:
        parsed = tf.io.parse_example(examples, features)
        tags = parsed["tags"]
        ids = tf.SparseTensor(tags.indices, tf.strings.to_hash_bucket_strong(tags.values, 64, [1, 2]), tags.dense_shape)
        mean = tf.nn.safe_embedding_lookup_sparse(embedding, ids, combiner="mean")
        linear = tf.nn.embedding_lookup_sparse(wide, ids, None, combiner="sum")
        clicked = tf.reduce_sum(tf.cast(parsed["clicks"], tf.float32), axis=1)
        dense = tf.sparse.to_dense(tf.sparse.reorder(ids))
        linear = tf.pad(linear, [[0, tf.shape(mean)[0] - tf.shape(linear)[0]], [0, 0]])
        scores = tf.matmul(tf.concat([mean, parsed["age"]], 1), deep) + linear + clicked[:, None]
        buckets = tf.raw_ops.Bucketize(input=parsed["age"], boundaries=[18.0, 30.0, 65.0])
        return {"scores": tf.sigmoid(scores), "dense": dense, "buckets": buckets}

    module = module_of(score=score)
    module.weights = [embedding, wide, deep]
    return module


def tensor_lists() -> Any:
    """TensorArrays of TensorFlow 2, which are TensorLists: a scan, a growing list, gathering and splitting."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="steps")])
    def collect(steps: Any) -> Any:
        length = tf.shape(steps)[0]
        rows = tf.TensorArray(tf.float32, size=0, dynamic_size=True, element_shape=[3])
        doubles = tf.TensorArray(tf.float64, size=length, clear_after_read=False)
        for i in tf.range(length):
            rows = rows.write(i, steps[i] * 2.0)
            doubles = doubles.write(i, tf.cast(tf.reduce_sum(steps[i]), tf.float64))
        pieces = tf.TensorArray(tf.float32, size=2).split(steps, [1, length - 1])
        sums = tf.scan(lambda total, row: total + row, steps)
        return {
            "rows": rows.stack(),
            "sums": sums,
            "first": rows.gather([0, 1]),
            "doubles": doubles.stack(),
            "joined": pieces.concat(),
            "last": doubles.read(length - 1),
        }

    return module_of(collect=collect)


def branches() -> Any:
    """tf.switch_case, tf.cond in its branches, and a loop with a branch and a break."""
    import tensorflow as tf

    weights = tf.Variable(tf.ones([4, 4]))

    @tf.function(
        input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x"), tf.TensorSpec([], tf.int32, name="mode")]
    )
    def route(x: Any, mode: Any) -> Any:
        def adaptive() -> Any:
            return tf.cond(tf.reduce_mean(x) > 0.0, lambda: tf.nn.elu(x), lambda: tf.matmul(x, weights))

        y = tf.switch_case(mode, [lambda: tf.nn.softplus(x), adaptive, lambda: tf.matmul(x, weights)], lambda: -x)
        left = tf.constant(5, tf.int64)
        while left > 0:
            if tf.reduce_any(y > 100.0):
                break
            y, left = y * 3.0, left - 1
        weights.assign_add(tf.eye(4))
        return {"y": y, "left": left}

    module = module_of(route=route)
    module.weights = weights
    return module


def linear_algebra() -> Any:
    """Decompositions, complex numbers, stateless and stateful random numbers, and sorting."""
    import tensorflow as tf

    generator = tf.random.Generator.from_seed(7)

    @tf.function(input_signature=[tf.TensorSpec([3, 3], tf.float64, name="matrix")])
    def analyse(matrix: Any) -> Any:
        symmetric = tf.matmul(matrix, matrix, transpose_b=True) + tf.eye(3, dtype=tf.float64) * 3.0
        values, vectors = tf.linalg.eigh(symmetric)
        singular, _, _ = tf.linalg.svd(matrix)
        spectrum = tf.signal.fft(tf.cast(matrix, tf.complex128))
        noise = tf.random.stateless_normal([3], [1, 2], dtype=tf.float64) + generator.normal([3], dtype=tf.float64)
        return {
            "cholesky": tf.linalg.cholesky(symmetric),
            "values": tf.sort(values, direction="DESCENDING"),
            "vectors": tf.linalg.solve(symmetric, vectors),
            "singular": singular,
            "power": tf.abs(spectrum) + tf.random.uniform([3, 3], dtype=tf.float64),
            "noise": tf.random.shuffle(noise),
            "determinant": tf.linalg.det(symmetric),
            "order": tf.argsort(tf.reshape(matrix, [-1])),
            "unique": tf.unique(tf.cast(tf.reshape(matrix, [-1]), tf.int32)).y,
        }

    module = module_of(analyse=analyse)
    module.generator = generator
    return module


def image_augmentation() -> Any:
    """PNG and GIF decoding, affine transforms, colour spaces, random crops and morphology, on bytes and half floats."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([], tf.string, name="png")])
    def augment(png: Any) -> Any:
        image = tf.io.decode_image(png, channels=3, expand_animations=False)
        image.set_shape([None, None, 3])
        half = tf.image.convert_image_dtype(image, tf.float16)
        colour = tf.image.adjust_hue(tf.image.adjust_contrast(tf.cast(half, tf.float32), 1.5), 0.1)
        grey = tf.image.rgb_to_grayscale(tf.image.flip_left_right(tf.image.rot90(colour)))
        moved = tf.raw_ops.ImageProjectiveTransformV3(
            images=colour[None],
            transforms=[[1.0, 0.1, 2.0, 0.0, 1.0, 0.0, 0.0, 0.0]],
            output_shape=tf.shape(colour)[:2],
            fill_value=0.0,
            interpolation="BILINEAR",
        )
        crop = tf.image.random_crop(colour, [8, 8, 3], seed=3)
        dilated = tf.nn.max_pool2d(moved, 3, 1, "SAME")
        return {
            "grey": tf.image.resize(grey, [16, 16], "bicubic"),
            "hsv": tf.image.rgb_to_hsv(crop),
            "dilated": dilated,
            "bytes": tf.io.encode_png(tf.image.convert_image_dtype(crop, tf.uint8)),
        }

    return module_of(augment=augment)
