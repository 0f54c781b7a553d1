"""What tests of several folders share."""

from __future__ import annotations

import os
from typing import Any

import pytest

# Read once, when TensorFlow is imported: the CPU's own kernels, no accelerator, and only errors on standard error.
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")


def pytest_report_header() -> list[str]:
    """Say at the start which of the things that tests may skip over are here."""
    trees = os.environ.get("OPSIEVE_TENSORFLOW_TREE")
    return [f"TensorFlow source trees: {trees or 'none (OPSIEVE_TENSORFLOW_TREE is not set)'}"]


@pytest.fixture(scope="session")
def tensorflow() -> Any:
    """TensorFlow's own package, the reference that results are compared with."""
    return pytest.importorskip("tensorflow", reason="compares with TensorFlow, which is not installed")
