"""The Python packages that opsieve needs: those of pyproject.toml, by the names that pip.parse gives them."""

PYTHON_PACKAGES = [
    "bazel_runfiles",
    "click",
    "jinja2",
    "pyyaml",
    "rich",
    "squarify",
    "starlark_pyo3",
]
