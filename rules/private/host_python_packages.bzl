"""The Python packages that opsieve needs, where the Python that runs it has them installed."""

_PACKAGES = ["bazel_runfiles", "click", "jinja2", "pyyaml", "rich", "starlark_pyo3"]

_BUILD = """load("@rules_python//python:py_library.bzl", "py_library")

# Installed where Python finds it by itself.
py_library(
    name = "{name}",
    visibility = ["//visibility:public"],
)
"""

def _host_python_packages_impl(repository):
    for name in _PACKAGES:
        repository.file(name + "/BUILD", _BUILD.format(name = name))

host_python_packages = repository_rule(
    implementation = _host_python_packages_impl,
    doc = "A repository with the labels that pip.parse makes, of packages that are installed already.",
)
