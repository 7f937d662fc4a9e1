# make demo         install, simulate, run the notebooks, write the report
# make test         install the development tools and run everything CI runs
# make bench        measure speed, as ratios
# make docs         write the data dictionary and the scenario reference anew
# SIZE=tiny|small|medium|large chooses the size of the demo.

SIZE ?= small
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TOOLS := $(VENV)/.installed-dev
NOTEBOOKS := $(wildcard notebooks/[0-9]*.ipynb)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint types doctests pytest notebooks bench docs clean

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | head -5

demo: $(INSTALLED)
	$(BIN)/omnisim demo --size $(SIZE)

# The tests come last, so that their summary closes the output.
test: lint types doctests notebooks pytest

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo

types: $(TOOLS)
	$(BIN)/mypy

doctests: $(TOOLS)
	$(BIN)/pytest -q --doctest-modules src/omnisim -p no:cacheprovider

# nbval runs each notebook in its own folder, on the committed sample.
notebooks: $(TOOLS)
ifneq ($(NOTEBOOKS),)
	env -u OMNISIM_DATA -u OMNISIM_RUN $(BIN)/pytest -q --nbval-lax --nbval-current-env $(NOTEBOOKS)
endif

# Files of tests side by side, on up to four processors.
pytest: $(TOOLS)
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

bench: $(TOOLS)
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

docs: $(INSTALLED)
	$(BIN)/python docs/build.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# uv is used where it is installed; it makes the same environment, faster.
$(VENV)/pyvenv.cfg:
	@if command -v uv >/dev/null 2>&1; then uv venv --quiet --seed --python '>=3.11' $(VENV); \
	else $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "error: $(PYTHON) is older than 3.11; make PYTHON=python3.12" >&2; exit 1; }; \
	  $(PYTHON) -m venv $(VENV); fi

# The stamps are newer than what decides the installation, or it is done again.
$(INSTALLED): pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	@$(call install,.)
	@touch $@

$(TOOLS): pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	@$(call install,.[dev])
	@touch $@ $(INSTALLED)

define install
if command -v uv >/dev/null 2>&1; \
then uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '$(1)'; \
else $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '$(1)'; fi
endef
