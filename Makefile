# make train    environment, then a run on the embedded sample corpus, kept in MLflow
# make test     environment, then lint and the tests, in minutes
# make test-all the same with the slow tests: sweeps, kills, servers, Slurm, a browser
# make ui       MLflow's UI over mlruns/
# make lint     ruff, mypy, and the import contract

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: train test test-all ui lint

train: $(STAMP)
	@echo "Training on the SAMPLE corpus inside the package: its scores say that everything works, and nothing else."
	$(BIN)/python train.py corpus=sample embedding=random50
	@echo "In the browser: make ui"

test: $(STAMP) lint
	$(BIN)/python -m pytest -n 2 --dist worksteal --durations 15 -m "not slow"

test-all: $(STAMP) lint
	$(BIN)/python -m pytest -n 2 --dist worksteal --durations 25

ui: $(STAMP)
	$(BIN)/bner ui

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	touch $@
