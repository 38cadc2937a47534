# Daily commands. `make demo` and `make test` need Python 3.11+, make and a package registry; nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := $(BIN)/kb --home .demo
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# What was tested, to the byte: packages with their hashes. Each file needs those before it.
LOCKED := $(PIP) --require-hashes --no-deps --requirement
UV := $(VENV)/lock/bin/uv
NEWEST := $(VENV)/newest
comma := ,

# The tests that run models need torch: 200 MB as its CPU build, several GB with CUDA's packages; those that read pictures
# need the extra ocr, 100 MB. `make test MODELS=` goes without both, as does a machine where they can't be had: those tests
# are skipped, and say so.
MODELS ?= $(VENV)/models

.PHONY: demo test test-slow check data docs messages format lock newest bench bench-retrieval bench-latency bench-abstention embedders second-encoder torture clean

demo: $(VENV)/base
	@$(DEMO) ingest corpora
	@echo && echo '$$ kb ask "多久不发言会被移出群？"'
	@$(DEMO) ask "多久不发言会被移出群？"
	@echo && echo '$$ kb ask "What is the deadline for filing an 83(b) election?"'
	@$(DEMO) ask "What is the deadline for filing an 83(b) election?"

test: $(VENV)/dev $(MODELS)
	@echo "running the tests: about 27 minutes on two cores, and longer where they have other work"
	$(BIN)/python -m pytest

# What takes minutes and seldom finds what the others don't.
test-slow: $(VENV)/dev $(MODELS)
	@echo "running the slow tests: about ten minutes on two cores"
	$(BIN)/python -m pytest -m slow

# Kills, full disks, clock jumps, crowds and damage, and what was lost: the table of docs/reliability.md. As root, disks too.
torture: $(VENV)/dev
	@echo "torturing homes: about a quarter of an hour on two cores"
	$(BIN)/python -m tests.torture --write docs/reliability.md

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Public data sets at pinned commits, into .data/, where tests and benchmarks look too; needs git and a network.
data:
	@$(PYTHON) -m tests.data_sets

# The reference of commands, from their own help.
docs: $(VENV)/dev
	$(BIN)/python -m tests.cli_reference

# The catalogue of translations: adds the messages that it lacks, without a translation, and drops what is not said any more.
messages: $(VENV)/dev
	$(BIN)/python -m tests.messages

format: $(VENV)/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Locks the newest packages within the bounds of pyproject.toml, for every platform and Python from 3.11 on.
lock: $(UV)
	.ci/lock $(abspath $(UV))

# Tries the newest packages within the bounds: says which the lock does not have, and runs the tests.
newest:
	@$(PYTHON) -m venv --clear $(NEWEST)
	@$(NEWEST)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		--editable ".[dev$(if $(MODELS),$(comma)gpu$(comma)ocr)]"
	@sed -n 's/^\([a-z0-9.-]*==[^ ;]*\).*/\1/p' requirements/*.txt > $(NEWEST)/locked
	@echo "newer than what is locked, or not in it:"
	@$(NEWEST)/bin/python -m pip list --format=freeze --exclude-editable --exclude pip | tr 'A-Z_' 'a-z-' | grep -vxFf $(NEWEST)/locked || echo "nothing"
	$(NEWEST)/bin/python -m pytest -m "slow or not slow"

bench: $(VENV)/dev
	$(BIN)/python -m tests.bench.cold
	$(BIN)/python -m tests.bench.ingest
	$(BIN)/python -m tests.bench.formats
	$(BIN)/python -m tests.bench.answers
	$(BIN)/python -m tests.bench.gaps
	$(BIN)/python -m tests.bench.curated
	$(BIN)/python -m tests.bench.tuning
	$(BIN)/python -m tests.bench.community
	$(BIN)/python -m tests.bench.community_files
	$(BIN)/python -m tests.bench.privacy --part unseen

bench-retrieval: $(VENV)/bench
	$(BIN)/python -m tests.bench.retrieval --peers --cache $(VENV)/bench-cache --write docs/retrieval.md

bench-latency: $(VENV)/dev
	$(BIN)/python -m tests.bench.latency --cache $(VENV)/bench-cache --chart docs/latency.svg

# How well kb refuses what the passages at hand do not answer, beside GPT-4 and others on the same questions.
bench-abstention: $(VENV)/dev
	$(BIN)/python -m tests.bench.abstention --cache $(VENV)/bench-cache

# Makes kb/embedders/builtin/ anew: an hour and a half on two cores, minutes on a GPU.
embedders: $(VENV)/training
	for step in pieces contextual quantise static; do $(BIN)/python -m tests.training $$step || exit 1; done

# Trains a second encoder on what the first and E5 know together, into build/embedders; go on with `make second-encoder
# RESUME="--resume build/embedders/second.pt"`.
second-encoder: $(VENV)/training
	for step in teachers second quantise; do $(BIN)/python -m tests.training $$step $(RESUME) || exit 1; done

clean:
	rm -rf $(VENV) .demo build *.egg-info

# The stamps are newer than what they were made from as long as nothing needs installing.
$(VENV)/base: pyproject.toml requirements/base.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kb needs Python 3.11 or newer: make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing kb into $(VENV) (once; about a minute)"
	@$(LOCKED) requirements/base.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: $(VENV)/base requirements/dev.txt
	@echo "installing the tools for checks and tests"
	@$(LOCKED) requirements/dev.txt
	@touch $@

# torch is not in the lock: its builds for CPUs and for CUDA are different files of one version.
$(VENV)/models: $(VENV)/dev requirements/models.txt constraints.txt
	@echo "installing torch, transformers and rapidocr, for the tests that run models (about a minute)"
	@$(LOCKED) requirements/models.txt && $(PIP) --requirement constraints.txt && touch $@ \
		|| echo "they can't be installed: the tests that run models are skipped"

$(VENV)/training: $(VENV)/base
	@echo "installing what training the built-in embedders takes"
	@$(PIP) --constraint constraints.txt --editable ".[training]"
	@touch $@

$(VENV)/bench: $(VENV)/dev
	@echo "installing what retrieval is compared with"
	@$(PIP) --constraint constraints.txt --editable ".[bench]"
	@touch $@

$(UV):
	@$(PYTHON) -m venv $(VENV)/lock
	@$(VENV)/lock/bin/python -m pip install --quiet --disable-pip-version-check "uv==0.13.9"
