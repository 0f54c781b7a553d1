"""opsieve: selective-op TensorFlow builds, from models and a source tree to the smallest library that runs them."""

__version__ = "0.1.0"
