# Everything runs in .venv, which is made on first use. Settings, each as NAME=value after the target:
#   PYTHON   the Python that makes .venv (default: the first of 3.11 or newer that is found)
#   ROUNDS   rounds of the demo (default: the domain's)
#   ARGS     further arguments of the demo's `asievolve run`, or of pytest
#   JOBS     test processes (default 2)
#   RERUNS   how often a test that failed is tried again; each such test is listed as RERUN (default 1)

VENV := .venv
BIN := $(VENV)/bin
JOBS := 2
RERUNS := 1
PLUGIN := circle_packing
PIP := $(BIN)/python -m pip --disable-pip-version-check -q install
SOURCES := $(shell find core plugins -type f -not -path '*/__pycache__/*')
# Without this pip says on each line that it would rather not run as root, where containers always do.
export PIP_ROOT_USER_ACTION := ignore

.PHONY: help demo test lint style types layers format clean
.DEFAULT_GOAL := help

help:
	@echo "make demo      install into .venv and evolve circle packings (ROUNDS=5 for a short one)"
	@echo "make test      install for development; style, types, layers, tests"
	@echo "make lint      the checks of 'make test' without the tests"
	@echo "make format    rewrite the sources in the house style"
	@echo "make clean     remove .venv and what tools left behind"

# An environment that works is taken as it is (one without pip gets it); a half-made one is made again.
$(VENV)/.made:
	@if ! { $(BIN)/python -m pip --version || $(BIN)/python -m ensurepip; } >/dev/null 2>&1; then \
		python=$$(scripts/find-python) || exit 1; \
		echo "making $(VENV) with $$python"; \
		"$$python" -m venv --clear $(VENV) || exit 1; \
	fi; touch $@

# An installation for development serves the demo too, and is not replaced by it.
$(VENV)/.demo: $(VENV)/.made pyproject.toml $(SOURCES)
	@if [ -e $(VENV)/.dev ]; then $(MAKE) --no-print-directory $(VENV)/.dev; else echo "installing '.[$(PLUGIN)]'"; $(PIP) '.[$(PLUGIN)]'; fi && touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml constraints.txt
	@echo "installing '.[dev]'"
	@$(PIP) -e '.[dev]' -c constraints.txt && touch $@

demo: $(VENV)/.demo
	$(BIN)/asievolve --plugin $(PLUGIN) run $(if $(ROUNDS),--rounds $(ROUNDS) )$(ARGS)

test: lint
	$(BIN)/python -m pytest -n $(JOBS) --reruns $(RERUNS) -raR $(ARGS)

# Apart, so that `make -k lint` goes on after the first that fails.
lint: style types layers

style: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

layers: $(VENV)/.dev
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.dev
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
