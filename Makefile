# Two commands for a newcomer: `make demo` and `make test`. `make check` is the inner loop.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Twice the cores of CI: half of the slow tests wait for other programs.
WORKERS ?= 4
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := check
.PHONY: demo test check lint types layers fmt golden docs faults fuzz mutants bench real-parts clean

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -c constraints.txt "pip>=25.1"
	$(BIN)/python -m pip install -q -c constraints.txt --group dev -e .
	@touch $@

demo: $(INSTALLED) ## The main job on the embedded emulator.
	$(BIN)/python examples/demo.py

test: $(INSTALLED) ## Everything.
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: lint types layers ## What a developer runs all day: lint, types, layers, fast tests.
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow"

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(INSTALLED)
	$(BIN)/pyright

layers: $(INSTALLED)
	$(BIN)/lint-imports

fmt: $(INSTALLED) ## Format, and fix what can be fixed.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: $(INSTALLED) ## Write the golden files anew; read the diff.
	UPDATE_GOLDEN=1 $(BIN)/python -m pytest tests/report tests/cli tests/config tests/reconcile tests/test_runbooks.py

docs: $(INSTALLED) ## Write the generated pages and schemas anew.
	$(BIN)/python docs/generate.py

faults: $(INSTALLED) ## Every fault at every request of every operation, and the table of it.
	$(BIN)/python -m tests.faults.matrix
	$(BIN)/python docs/generate.py

SECONDS ?= 60
fuzz: $(INSTALLED) ## Search for input that does not end well, for SECONDS seconds in all.
	$(BIN)/python -m pip install -q -c constraints.txt "atheris>=3.0"
	$(BIN)/python tests/fuzz/fuzz.py --seconds $(SECONDS)

mutants: $(INSTALLED) ## Break the reconciler in every small way, and list what no test notices.
	$(BIN)/python -m pip install -q -c constraints.txt "mutmut>=3.8"
	$(BIN)/python tests/mutants.py

bench: $(INSTALLED) ## faxops beside the floor, as ratios.
	$(BIN)/python benchmarks/run.py

real-parts: ## What tests of other programs need; those tests say so when it is missing.
	npm install --prefix tests/node --no-package-lock --no-audit --no-fund

clean:
	rm -rf $(VENV) tests/node/node_modules
