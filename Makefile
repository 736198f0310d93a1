# Everything from a clean clone: `make book` builds the site, `make test` tests it, and `make test-weekly` what takes
# minutes more.
# Needs Python 3.11 to 3.13, make, and Node.js with npm (formulas are rendered when the book is built).

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
STAMPS := .venv/.stamps
SETUP := $(STAMPS)/packages $(STAMPS)/npm

.PHONY: book downloads setup test test-weekly lint clean serve lock help

book: $(SETUP)      ## build the site into _build/html
	$(BIN)/jupyter-book build . -W --keep-going -n

downloads: book     ## the whole book as PDF, EPUB and zip files, linked from the front page (needs Chromium)
	$(BIN)/python -m booksite downloads

setup: $(SETUP)     ## create .venv and node_modules with everything that is pinned

test: lint $(STAMPS)/test-programs      ## check the style, build, then run every test
	$(BIN)/jupyter-book build . -W --keep-going -n
	$(BIN)/python -m pytest

test-weekly: lint $(STAMPS)/test-programs      ## what takes minutes more: every notebook run, the downloads read again
	$(BIN)/jupyter-book build . -W --keep-going -n
	$(BIN)/python -m pytest -m weekly

# The largest file is meant: the weights of the best network, in half precision.
lint: $(SETUP) $(STAMPS)/test-packages      ## style, spelling, large files, YAML
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	git ls-files -z -- '*.yml' '*.yaml' | xargs -0 $(BIN)/check-yaml
	git ls-files -z | xargs -0 $(BIN)/check-added-large-files --maxkb=1300 --enforce-all
	git ls-files -z -- '*.json' | xargs -0 $(BIN)/check-json

clean:      ## remove what was built; .venv and node_modules stay
	rm -rf _build .pytest_cache .hypothesis .ruff_cache

serve: book     ## build, then serve the site on this machine
	$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

# One list for all platforms and all Pythons that the book supports.
LOCK := $(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --no-emit-index-url

lock: $(STAMPS)/uv      ## pin again after an edit of a requirements.in
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) tests/requirements.in -o tests/requirements.txt

help:       ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s%s\n", $$1, $$2 }' Makefile

# --- set-up, each step once -------------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "The book needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is another: try make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv

# pip installs the pinned uv, checked against its hashes; uv installs the rest several times faster than pip.
$(STAMPS)/uv: requirements.txt | $(BIN)/python
	@mkdir -p $(STAMPS)
	sed -n '/^uv==/,/[^\\]$$/p' requirements.txt > $(STAMPS)/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(STAMPS)/uv.txt
	@touch $@

# Compiled now, TensorFlow is imported in 3 seconds instead of 7 where Python may not write next to it later.
$(STAMPS)/packages: requirements.txt pyproject.toml $(STAMPS)/uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/npm: package-lock.json | $(BIN)/python
	@mkdir -p $(STAMPS)
	@command -v npm >/dev/null || { echo "The book needs Node.js with npm (20 or newer): install it and try again." >&2; exit 1; }
	npm ci --no-audit --no-fund --silent
	@touch $@

$(STAMPS)/test-packages: tests/requirements.txt $(STAMPS)/packages
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r tests/requirements.txt
	@touch $@

$(STAMPS)/test-programs: tests/install_programs.sh $(STAMPS)/test-packages
	PATH="$(CURDIR)/$(BIN):$$PATH" tests/install_programs.sh
	@touch $@
