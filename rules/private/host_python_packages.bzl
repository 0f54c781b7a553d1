"""The Python packages that opsieve needs, and the interpreter, of a Python that has them installed."""

load("//rules:python_packages.bzl", "PYTHON_PACKAGES")

_PACKAGE = """load("@rules_python//python:py_library.bzl", "py_library")

py_library(
    name = "{name}",
    srcs = glob(["site/**/*.py"], allow_empty = True),
    data = glob(["site/**"], allow_empty = True, exclude = ["**/*.py", "**/*.pyc", "**/*.dist-info/**", "**/* *"]),
    imports = ["site"],
    visibility = ["//visibility:public"],
    deps = {deps},
)
"""

_TOOLCHAIN = """load("@rules_python//python:py_runtime.bzl", "py_runtime")
load("@rules_python//python:py_runtime_pair.bzl", "py_runtime_pair")

py_runtime(
    name = "runtime",
    interpreter_path = "{python}",
    python_version = "PY3",
    # Nothing else in PATH has to be called python.
    stub_shebang = "#!{python}",
)

py_runtime_pair(
    name = "pair",
    py3_runtime = ":runtime",
)

# For register_toolchains.
toolchain(
    name = "toolchain",
    toolchain = ":pair",
    toolchain_type = "@bazel_tools//tools/python:toolchain_type",
)
"""

def _interpreter(repository):
    named = repository.os.environ.get("OPSIEVE_PYTHON") or repository.attr.python
    if named.startswith("/"):
        return named
    path = repository.which(named)
    if not path:
        fail("There is no {} in PATH to run opsieve with: name a Python by --repo_env=OPSIEVE_PYTHON=/path/to/python3".format(named))
    return path

def _host_python_packages_impl(repository):
    python = _interpreter(repository)
    script = repository.path(Label("//rules/private:find_packages.py"))
    run = repository.execute([python, script] + PYTHON_PACKAGES)
    if run.return_code:
        fail("{} cannot list its packages:\n{}".format(python, run.stderr))
    found = json.decode(run.stdout)
    if found["missing"]:
        fail("{python} lacks what opsieve needs: {missing}. Install it with: {python} -m pip install {missing}; or name another Python by --repo_env=OPSIEVE_PYTHON=/path/to/python3".format(
            python = python,
            missing = " ".join([name.replace("_", "-") for name in found["missing"]]),
        ))
    for name, package in found["packages"].items():
        for entry, place in package["entries"].items():
            repository.symlink(place, "{}/site/{}".format(name, entry))
        repository.file(name + "/BUILD", _PACKAGE.format(
            name = name,
            deps = ["//" + need for need in package["needs"]],
        ))
    repository.file("BUILD", _TOOLCHAIN.format(python = found["python"]))

host_python_packages = repository_rule(
    implementation = _host_python_packages_impl,
    doc = """The Python packages that opsieve needs, of a Python that has them installed: nothing is downloaded.

The repository has the labels that pip.parse of rules_python makes, and `//:toolchain`, the interpreter, to be given to
register_toolchains. The packages are inputs of the actions; the interpreter is named by its path.
""",
    attrs = {
        "python": attr.string(
            doc = "The interpreter: a path, or a name in PATH. The environment variable OPSIEVE_PYTHON goes before it.",
            default = "python3",
        ),
    },
    configure = True,
    environ = ["OPSIEVE_PYTHON", "PATH"],
    local = True,
)
