# Every command a person or CI runs. All of them work on a fresh machine with Python 3.11 or newer,
# make and a package index: they make their own environment in .venv and bring it up to date
# whenever pyproject.toml or constraints.txt changes.
#
#   PYTHON=/path/to/python   the Python that .venv is made from (default: the first that is new enough)
#   SONGS="a.mp3 b.flac"     songs for `make demo`; quote spaces inside: SONGS="'my song.mp3' b.flac"
#   PLAUDIT_CHROMIUM=/path   the browser that looks at the HTML report in the tests
#   PYTEST_ARGS="-k report"  passed on to pytest

VENV := .venv
BIN := $(VENV)/bin
SONGS ?=
PYTEST_ARGS ?=
PIP_INSTALL = $(BIN)/python -m pip install -qq -c constraints.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo serve test check docs bench judge assets clean browser database

help: ## list the commands
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

demo: $(VENV)/.installed ## compose a few songs, score them and SONGS="...", write demo/report.html
	@$(BIN)/plaudit demo $(SONGS) --out demo

serve: $(VENV)/.installed-serve ## compose a few songs, and serve pages and an API that judge them and yours
	@$(BIN)/plaudit serve --demo

test: $(VENV)/.installed-dev $(VENV)/s3/.installed browser database ## run every test
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder $(PYTEST_ARGS)

check: $(VENV)/.installed-dev ## lint, format, types, import direction, docstrings, docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@find src -name '*.py' -exec $(BIN)/numpydoc lint {} +
	@$(MAKE) --no-print-directory docs

docs: $(VENV)/.installed-dev ## build the documentation into docs/_build/html, warnings are errors
	@$(BIN)/sphinx-build -W --keep-going -n -E -q -b html docs docs/_build/html
	@echo "Documentation: docs/_build/html/index.html"

bench: $(VENV)/.installed-train ## measure speed and memory here, beside the published procedure
	@$(BIN)/plaudit bench speed --formula --minutes 60
	@$(BIN)/plaudit bench speed --minutes 60
	@$(BIN)/python bench/speed/run.py

judge: $(VENV)/.installed-train ## train the bundled judge again, as it was made; goes on after a stop
	@$(BIN)/plaudit judges train-bundled --out src/plaudit/judging/bundled \
	    --settings src/plaudit/judging/bundled/training.json --cache runs/bundled

assets: ## fetch the libraries of the pages again from the npm registry, hashes checked
	@python3 bench/pages/assets.py

clean: ## remove the environment, caches and builds (demo/ stays)
	rm -rf $(VENV) build dist docs/_build docs/api .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests bench docs -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment ---

# Tried in this order because the pins are tested on 3.11. A name may exist and still not run
# (pyenv shims), and Debian's Python comes without ensurepip: both are found out by running it.
$(BIN)/python:
	@for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3 python); do \
	    if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        echo "Making $(VENV) with $$("$$python" --version)"; \
	        exec "$$python" -m venv $(VENV); \
	    fi; \
	done; \
	echo "Expected Python 3.11 or newer with its venv module, found none; install it (Debian: apt-get install python3 python3-venv) or name one: make PYTHON=/path/to/python" >&2; \
	exit 1

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Plaudit into $(VENV) (once; a few minutes)"
	@$(PIP_INSTALL) -e .
	@touch $@

$(VENV)/.installed-serve: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Plaudit and its server into $(VENV) (once; a few minutes)"
	@$(PIP_INSTALL) -e '.[serve]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-train: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Plaudit and what training needs into $(VENV) (once; a few minutes)"
	@$(PIP_INSTALL) -e '.[train]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Plaudit and its development tools into $(VENV) (once; a few minutes)"
	@$(PIP_INSTALL) -e '.[dev,train,cluster,cloud,export,serve,postgres]'
	@touch $(VENV)/.installed $(VENV)/.installed-train $(VENV)/.installed-serve $@

# An S3 server for the tests. It has an environment of its own: its client of S3 (botocore) asks for an older
# python-dateutil than ours.
$(VENV)/s3/.installed: | $(BIN)/python
	@$(BIN)/python -m venv $(VENV)/s3
	@$(VENV)/s3/bin/python -m pip install -qq 'moto[server]==5.2.5'
	@touch $@

# The tests look at the HTML report in a real browser: yours, or Debian's.
browser:
	@if [ -n "$$PLAUDIT_CHROMIUM" ]; then \
	    [ -x "$$PLAUDIT_CHROMIUM" ] && exit 0; \
	    echo "Expected a browser at PLAUDIT_CHROMIUM=$$PLAUDIT_CHROMIUM, found none; correct or unset it." >&2; exit 1; \
	fi; \
	for name in chromium chromium-browser google-chrome google-chrome-stable; do \
	    command -v $$name >/dev/null && exit 0; \
	done; \
	if [ "$$(id -u)" = 0 ]; then root=env; elif sudo -n true 2>/dev/null; then root="sudo -n env"; fi; \
	if [ -n "$$root" ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium for the tests of the HTML report"; \
	    $$root DEBIAN_FRONTEND=noninteractive apt-get update -qq && \
	    $$root DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; exit $$?; \
	fi; \
	echo "Expected Chromium or Chrome for the tests of the HTML report, found none; install one or set PLAUDIT_CHROMIUM to its path." >&2; \
	exit 1

# The tests of the server start a PostgreSQL of their own; they look for it where this does.
database:
	@for name in /usr/lib/postgresql/*/bin/initdb "$$(command -v initdb)"; do \
	    [ -x "$$name" ] && exit 0; \
	done; \
	if [ "$$(id -u)" = 0 ]; then root=env; elif sudo -n true 2>/dev/null; then root="sudo -n env"; fi; \
	if [ -n "$$root" ] && command -v apt-get >/dev/null; then \
	    echo "Installing PostgreSQL for the tests of the server"; \
	    $$root DEBIAN_FRONTEND=noninteractive apt-get update -qq && \
	    $$root DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null; exit $$?; \
	fi; \
	echo "Expected PostgreSQL's initdb for the tests of the server, found none; install PostgreSQL (Debian: apt-get install postgresql)." >&2; \
	exit 1
