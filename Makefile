# Everything from a clean clone: `make book` builds the site, `make test` tests it, and `make test-weekly` what takes
# minutes more.
# Needs Python 3.11 to 3.13, make, and Node.js with npm (formulas are rendered when the book is built).

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
STAMPS := .venv/.stamps
SETUP := $(STAMPS)/packages $(STAMPS)/npm

.PHONY: book downloads setup pictures test test-weekly lint clean serve lock newest audit execute notebooks-bundle gate gpu test-colab help

book: $(SETUP)      ## build the site into _build/html
	$(BIN)/jupyter-book build . -W --keep-going -n

downloads: book     ## the whole book as PDF, EPUB and zip files, linked from the front page (needs Chromium)
	$(BIN)/python -m booksite downloads

setup: $(SETUP)     ## create .venv and node_modules with everything that is pinned

test: lint $(STAMPS)/test-programs      ## check the style, build, then run every test
	$(BIN)/jupyter-book build . -W --keep-going -n
	$(BIN)/python -m pytest

pictures: book $(STAMPS)/test-programs      ## a picture of every page, light, dark, phone, wide and printed, to look at
	$(BIN)/python tests/booksite/pictures.py

test-weekly: lint $(STAMPS)/test-programs      ## what takes minutes more: every notebook run, the downloads read again
	$(BIN)/jupyter-book build . -W --keep-going -n
	$(BIN)/python -m pytest -m weekly

# The largest file is meant: the weights of the best network, in half precision.
lint: $(SETUP) $(STAMPS)/test-packages      ## style, types, spelling, large files, YAML, the citation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell
	git ls-files -z -- '*.yml' '*.yaml' | xargs -0 $(BIN)/check-yaml
	git ls-files -z | xargs -0 $(BIN)/check-added-large-files --maxkb=1300 --enforce-all
	git ls-files -z -- '*.json' | xargs -0 $(BIN)/check-json
	$(BIN)/cffconvert --validate

clean:      ## remove what was built; .venv and node_modules stay
	rm -rf _build .pytest_cache .hypothesis .mypy_cache .ruff_cache

serve: book     ## build, then serve the site on this machine
	$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

# One list for all platforms and all Pythons that the book supports. Its header tells Dependabot how it was made.
LOCK = $(BIN)/uv pip compile --quiet $(UPGRADE) --universal --generate-hashes --no-annotate --python-version 3.11

lock: $(STAMPS)/uv      ## pin again after an edit of a requirements.in
	$(LOCK) --output-file requirements.txt requirements.in
	$(LOCK) --output-file tests/requirements.txt tests/requirements.in
	$(LOCK) --output-file requirements-gpu.txt requirements-gpu.in

newest: $(STAMPS)/uv    ## pin the newest versions instead, also of what a requirements.in pins (git restores the lists)
	for list in requirements.in tests/requirements.in requirements-gpu.in; do \
	  sed 's/==[0-9][^ ,;]*,\{0,1\}//' $$list > $(STAMPS)/newest.in && mv $(STAMPS)/newest.in $$list || exit 1; done
	$(MAKE) lock UPGRADE=--upgrade

audit: $(SETUP) $(STAMPS)/test-packages     ## known vulnerabilities of all that is pinned
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements.txt -r tests/requirements.txt \
	  -r requirements-gpu.txt
	npm audit

# --- what only the workflows run --------------------------------------------------------------------------------------

# Runs recorded since this target began count as fresh, in the build as well.
RECORD ?= one-layer --seeds 1
execute: $(SETUP) $(STAMPS)/test-packages      ## train afresh (RECORD says what), build, check every claim
	export CNNBOOK_FRESH_SINCE=$$(date -u +%Y-%m-%dT%H:%M:%S+00:00) \
	  && $(BIN)/python -m cnnbook record $(RECORD) --fresh --threads 1 \
	  && $(BIN)/jupyter-book build . -W --keep-going -n \
	  && $(BIN)/python -m pytest tests/test_experiments.py -n0

notebooks-bundle: $(SETUP)  ## bundle the branch of notebooks of the built site, for a job that may push it
	rm -rf _build/notebooks.git
	git init --quiet --bare _build/notebooks.git
	$(BIN)/python -m booksite publish --remote "$(CURDIR)/_build/notebooks.git" --branch notebooks
	git -C _build/notebooks.git bundle create --quiet "$(CURDIR)/_build/notebooks.bundle" notebooks

gate: $(SETUP)       ## may the built site be published, with the bundled notebooks?
	rm -rf _build/notebooks
	git clone --quiet --branch notebooks _build/notebooks.bundle _build/notebooks
	$(BIN)/python -m booksite gate _build/html --notebooks _build/notebooks

gpu: $(SETUP)       ## put TensorFlow for CUDA in the place of the one for processors, and use the GPU once
	$(BIN)/uv pip uninstall --quiet --python $(BIN)/python tensorflow-cpu
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --require-hashes -r requirements-gpu.txt
	$(BIN)/python .github/scripts/require_gpu.py

# Colab's versions of mid-2026. Each training of a notebook is one epoch on the sample of images.
COLAB := "tensorflow-cpu==2.20.*" "keras==3.13.*" "numpy==2.0.*"
test-colab: $(SETUP)        ## run every notebook with Colab's versions (PYTHON has to be 3.12)
	$(BIN)/python -m booksite notebooks _build/notebooks --force
	$(BIN)/uv venv --clear --python $(PYTHON) _build/colab
	$(BIN)/uv pip install --python _build/colab/bin/python ipykernel nbclient . $(COLAB)
	CNNBOOK_SHORT=1 _build/colab/bin/python .github/scripts/run_notebooks.py _build/notebooks

help:       ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s%s\n", $$1, $$2 }' Makefile

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
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --require-hashes -r requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/npm: package-lock.json | $(BIN)/python
	@mkdir -p $(STAMPS)
	@command -v npm >/dev/null || { echo "The book needs Node.js with npm (20 or newer): install it and try again." >&2; exit 1; }
	npm ci --omit=dev --no-audit --no-fund --silent
	@touch $@

# Without its script vnu-jar brings the checker of HTML alone; with it, a Java of its own.
$(STAMPS)/test-packages: tests/requirements.txt $(STAMPS)/packages $(STAMPS)/npm
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --require-hashes -r tests/requirements.txt
	npm install --no-save --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(STAMPS)/test-programs: tests/install_programs.sh $(STAMPS)/test-packages
	PATH="$(CURDIR)/$(BIN):$$PATH" tests/install_programs.sh
	@touch $@
