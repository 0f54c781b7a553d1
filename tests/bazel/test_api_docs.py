"""docs/bazel-api.md is what the docstrings say, and everything public has a docstring."""

from __future__ import annotations

import re

from bazel.api_docs import PAGE, page


def test_the_page_is_that_of_the_docstrings() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make it again: python tests/bazel/api_docs.py"


def test_everything_public_is_documented() -> None:
    written = page()
    for name in ("kernel_index", "selective_ops", "SelectiveOpsInfo", "size_budget_test", "tensorflow_tree"):
        assert f"\n## {name}\n" in written
    assert not re.findall(r"^## \w+\n\nA [a-z ]+\. *\n\n\|", written, re.MULTILINE), "without a docstring"
    assert not re.findall(r"^\|.*\|  ?\|$", written.replace("|  |\n|---", ""), re.MULTILINE), "without a doc"
