# make demo   run the main job on a generated scan; results in demo-output/
# make test   check the code and run all tests
# See README.md for the rest.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
TORCH_INSTALL_ARGS ?= torch==2.13.0

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
TEST_INSTALLED := $(VENV)/test-installed

.PHONY: demo test lint benchmark clean

demo: $(INSTALLED)
	$(BIN)/segment-l3 demo --out demo-output

test: lint
	$(BIN)/python Testing/ci/system_libraries.py
	$(BIN)/pytest -q

lint: $(TEST_INSTALLED)
	$(BIN)/ruff check .

benchmark: $(INSTALLED)
	set -e; for script in $(sort $(wildcard Testing/benchmarks/benchmark_*.py)); do $(BIN)/python $$script; done

clean:
	rm -rf $(VENV) build dist *.egg-info demo-output .pytest_cache .ruff_cache .hypothesis

# torch comes first and alone, so that nothing else decides which build is taken.
$(INSTALLED): pyproject.toml Makefile
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet $(TORCH_INSTALL_ARGS)
	$(BIN)/pip install --quiet --editable .
	touch $@

$(TEST_INSTALLED): $(INSTALLED)
	$(BIN)/pip install --quiet --editable '.[test]'
	touch $@
