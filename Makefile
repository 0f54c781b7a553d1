# Everything runs in .venv, which is made on first use. `make help` lists the targets.

PYTHON ?= python3
# System packages are installed with apt when that needs no password; APT=no never tries.
APT ?= yes

VENV := .venv
RUN := $(VENV)/bin/python
DEMO := tools/opsieve/data/demo
MODELS := $(DEMO)/digits_mlp.pb $(DEMO)/digits_cnn.pbtxt $(DEMO)/line_language $(DEMO)/extra_ops.yaml
CODE := tools tests benchmarks rules
# Some tests run make themselves, which must not take this one's flags for its own.
PYTEST := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL $(RUN) -m pytest

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-tree test-bazel bench lint format clean system-packages mobile-headers page-tools tensorflow

# An environment holds the path of the checkout it was made for: after a move it is made again.
ifneq "$(shell cat $(VENV)/opsieve-home 2>/dev/null)" "$(CURDIR)"
.PHONY: $(VENV)/opsieve-ready
endif

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r target what; do \
	  printf '%-18s %s\n' "$$target" "$$what"; done
	@echo
	@echo '  PYTHON=python3.12 chooses another Python; APT=no never installs system packages.'

# Installs Debian packages when root, or when sudo asks no password: $(call apt,packages). Fails when it may not.
define apt
{ [ "$(APT)" = yes ] && command -v apt-get >/dev/null || exit 1; \
  if [ "$$(id -u)" = 0 ]; then as_root=; elif sudo -n true 2>/dev/null; then as_root='sudo -n'; else exit 1; fi; \
  echo "==> installing $(1) with apt-get"; \
  { $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) || \
    { $$as_root apt-get update -qq && \
      $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1); }; } \
  >build/apt.log 2>&1 </dev/null; }
endef

$(VENV)/opsieve-ready: pyproject.toml
	@mkdir -p build
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo 'opsieve needs Python 3.10 or newer, and "$(PYTHON)" is not here.' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "opsieve needs Python 3.10 or newer; $(PYTHON) is $$("$(PYTHON)" -V 2>&1)." >&2; \
	  echo 'Name another one, for example: make PYTHON=python3.12 $(MAKECMDGOALS)' >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  package=$$("$(PYTHON)" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	  ( $(call apt,$$package) ) || { \
	    echo 'Python cannot make virtual environments here. Install what it needs, then run make again:' >&2; \
	    echo "  sudo apt-get update && sudo apt-get install -y $$package" >&2; exit 1; }; }
	@if [ -f $(VENV)/opsieve-home ] && [ "$$(cat $(VENV)/opsieve-home)" != "$(CURDIR)" ]; then rm -rf $(VENV); fi
	@$(RUN) -c 'import pip' 2>/dev/null || { \
	  echo '==> making $(VENV)'; rm -rf $(VENV); "$(PYTHON)" -m venv $(VENV); }
	@echo '==> installing opsieve and what it needs into $(VENV)'
	@# --group, which the test targets use, came with pip 25.1.
	@$(RUN) -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(RUN) -m pip install --quiet --editable .
	@printf '%s\n' "$(CURDIR)" >$(VENV)/opsieve-home
	@touch $@

$(VENV)/opsieve-dev: $(VENV)/opsieve-ready
	@echo '==> installing the test tools'
	@$(RUN) -m pip install --quiet --group dev
	@touch $@

demo: $(VENV)/opsieve-ready ## generate the header for small models, in build/demo
	@echo '==> Four models that an app ships:'
	@for model in $(MODELS); do printf '      %s\n' "$$model"; done
	@echo '==> What the first of them needs:'
	@$(RUN) -m opsieve scan $(DEMO)/digits_mlp.pb
	@echo '==> The kernels to register for all of them, from the TensorFlow index inside opsieve:'
	@$(RUN) -m opsieve generate $(MODELS) -o build/demo
	@echo '==> The head of build/demo/ops_to_register.h:'
	@sed -n '1,30p' build/demo/ops_to_register.h
	@echo '==> Written:'
	@ls -l build/demo

test: $(VENV)/opsieve-dev system-packages tensorflow mobile-headers page-tools lint ## lint, types and every test that needs no source tree and no Bazel
	@echo '==> pytest'
	@$(PYTEST) --ignore=tests/bazel

test-tree: $(VENV)/opsieve-dev tensorflow ## the tests that need a TensorFlow source tree: OPSIEVE_TENSORFLOW_TREE
	@[ -n "$$OPSIEVE_TENSORFLOW_TREE" ] || { \
	  echo 'Set OPSIEVE_TENSORFLOW_TREE to TensorFlow source trees, separated by colons; best of the release that is' >&2; \
	  echo 'installed: a comparison needs a tree and a wheel of the same version.' >&2; exit 1; }
	@echo "==> pytest with $$OPSIEVE_TENSORFLOW_TREE"
	@$(PYTEST) tests/tree tests/e2e

# Bazel and the repositories that it would download, what the example is built with, and nginx to serve a cache.
BAZEL_PACKAGES := bazel-bootstrap bazel-skylib bazel-rules-java bazel-rules-proto g++ protobuf-compiler libprotobuf-dev nginx-light

test-bazel: $(VENV)/opsieve-dev ## the tests of the Bazel rules, offline, with Debian's Bazel
	@mkdir -p build
	@if ! command -v bazelisk >/dev/null; then for command in bazel protoc g++ nginx; do \
	  PATH="$$PATH:/usr/sbin" command -v $$command >/dev/null && continue; \
	  ( $(call apt,$(BAZEL_PACKAGES)) ) && break; \
	  echo "==> no $$command here, and apt cannot install it: its tests will be skipped. To have all of them:"; \
	  echo '  sudo apt-get update && sudo apt-get install -y $(BAZEL_PACKAGES)'; break; \
	done; fi
	@echo "==> pytest tests/bazel, with $$(command -v bazel || command -v bazelisk || echo 'no Bazel')"
	@PATH="$$PATH:/usr/sbin" $(PYTEST) tests/bazel

bench: $(VENV)/opsieve-dev tensorflow ## measure against TensorFlow's own tool, and print the tables of docs/benchmarks.md
	@$(RUN) benchmarks/generate.py
	@$(RUN) benchmarks/header_cost.py
	@$(RUN) benchmarks/many_models.py
	@$(RUN) benchmarks/peer_coverage.py
	@$(RUN) benchmarks/peer_coverage.py --grappler
	@if [ -n "$$OPSIEVE_TENSORFLOW_TREE" ]; then \
	  $(RUN) benchmarks/index.py; $(RUN) benchmarks/libraries.py; $(RUN) benchmarks/rebuilds.py --kills 20; \
	  if command -v bazel >/dev/null; then $(RUN) benchmarks/bazel_and_make.py; \
	  else echo 'benchmarks/bazel_and_make.py: skipped, because no bazel is installed'; fi; \
	else echo 'benchmarks/index.py, libraries.py, rebuilds.py, bazel_and_make.py: skipped, because OPSIEVE_TENSORFLOW_TREE names no source tree'; fi

lint: $(VENV)/opsieve-dev ## ruff and mypy
	@echo '==> ruff check'
	@$(RUN) -m ruff check $(CODE)
	@echo '==> ruff format --check'
	@$(RUN) -m ruff format --check $(CODE)
	@echo '==> mypy'
	@$(RUN) -m mypy

format: $(VENV)/opsieve-dev ## format the code
	@$(RUN) -m ruff check --fix $(CODE)
	@$(RUN) -m ruff format $(CODE)

clean: ## remove build/ and .venv
	rm -rf build $(VENV)

# Compilers, a linker and what runs programs for other processors, for tests/native; protoc, so that protobuf need not be
# compiled; a browser for tests/page. What cannot be installed is skipped there, by name.
system-packages:
	@mkdir -p build
	@for command in g++ clang++-14 clang++-19 ld.lld aarch64-linux-gnu-g++ arm-linux-gnueabihf-g++ qemu-aarch64-static \
	  cmake pkg-config protoc ld64.lld-19 llvm-readobj-19 chromium; do \
	  command -v $$command >/dev/null && continue; \
	  package=$$(printf %s $$command | sed 's/clang++/clang/; s/ld.lld/lld/; s/\(.*\)-g++/g++-\1/; s/qemu-.*/qemu-user-static/; \
	    s/protoc/protobuf-compiler libprotobuf-dev/; s/ld64.lld/lld/; s/llvm-readobj/llvm/; s/chromium/& fonts-dejavu-core/'); \
	  ( $(call apt,$$package) ) || echo "==> no $$command here, and apt cannot install it: its tests will be skipped"; \
	done

# What drives the browser, and checks whether everybody can use the page.
page-tools: $(VENV)/opsieve-dev
	@if ! $(RUN) -c 'import importlib.util as u, sys; sys.exit(u.find_spec("playwright") is None)'; then \
	  echo '==> installing what drives a browser'; \
	  $(RUN) -m pip install --quiet --group test-page || echo '==> it cannot be installed: tests/page will be skipped'; fi

# What stands in for the headers of Android and iOS, in tests/native/test_mobile_formats.py.
mobile-headers: $(VENV)/opsieve-dev
	@if ! $(RUN) -c 'import importlib.util as u, sys; sys.exit(u.find_spec("ziglang") is None)'; then \
	  echo '==> installing headers of other systems'; \
	  $(RUN) -m pip install --quiet --group test-mobile || echo '==> not installed: their tests will be skipped'; \
	fi

# TensorFlow is only the tests' reference; no stamp, so that a failed installation is tried again.
tensorflow: $(VENV)/opsieve-dev
	@if ! $(RUN) -c 'import importlib.util as u, sys; sys.exit(u.find_spec("tensorflow") is None)'; then \
	  echo '==> installing TensorFlow, the reference of the tests'; \
	  $(RUN) -m pip install --quiet --group test-tensorflow || \
	    echo '==> TensorFlow cannot be installed here: the tests that compare with it will be skipped'; \
	fi
