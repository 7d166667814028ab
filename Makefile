# make dream: dream the sample picture from Python and from R. make test: prove that it all works.
# Both set up what they need: a virtualenv in .venv, and R with its packages where missing.

VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
LIB := $(VENV)/r-library
PACKAGE := $(shell find python/deepdreamr -type f ! -name '*.pyc') inst/extdata/jelly.jpg \
           pyproject.toml DESCRIPTION
R_PACKAGE := DESCRIPTION NAMESPACE $(shell find R man inst -type f)
R_ENV := RETICULATE_PYTHON="$(CURDIR)/$(BIN)/python" R_LIBS="$(CURDIR)/$(LIB)"
RSCRIPT := $(R_ENV) Rscript
PYTEST := $(R_ENV) DEEPDREAMR_TEST_REAL=1 $(BIN)/python -m pytest $(if $(SEED),--randomly-seed=$(SEED))
# Python's tests with their branches counted: of the sources, in child processes too.
MEASURED := PYTHONPATH="$(CURDIR)/python" $(R_ENV) DEEPDREAMR_TEST_REAL=1 $(BIN)/python -m coverage run -m pytest
SITE := build/site
SIDE_BY_SIDE := -n 2 --dist loadfile  # a file's tests in one process, which traces a network once

.PHONY: dream test test-python test-slow test-r check-r test-rest test-floor setup docs coverage lint lint-r clean
.PHONY: lint-only pre-commit dist try release docs-examples docs-r fuzz mutants mutants-r
.PHONY: coverage-python coverage-r
.PHONY: test-python-slow test-memory test-r-slow vignettes

dream: setup ## a dream of the sample picture, from Python and from R
	@mkdir -p dream
	$(BIN)/deepdreamr dream sample:jelly -o dream/python.png --overwrite
	$(RSCRIPT) tools/dream.R dream/r.png
	@$(BIN)/python tools/same_pixels.py dream/python.png dream/r.png

test: setup $(VENV)/suggests.done ## lint, pytest, testthat, R CMD check: the quick part
	$(MAKE) -j 2 --output-sync test-r check-r lint-only
	$(MAKE) test-python

setup: $(VENV)/python.done $(VENV)/r.done

$(VENV)/tools.done: tools/setup.sh tools/missing.R DESCRIPTION
	sh tools/setup.sh $(VENV)
	@touch $@

$(VENV)/suggests.done: $(VENV)/tools.done
	sh tools/setup.sh $(VENV) Suggests
	@touch $@

$(VENV)/python.done: $(VENV)/tools.done $(PACKAGE)
	$(BIN)/python -m pip install --quiet ".[test,video,cluster,app]"
	$(BIN)/python -m pip install --quiet --no-deps --force-reinstall .
	@touch $@

$(VENV)/r.done: $(VENV)/tools.done $(R_PACKAGE)
	@mkdir -p $(LIB)
	$(R_ENV) R CMD INSTALL --no-test-load --library=$(LIB) .
	@touch $@

lint: setup lint-only ## all that can be said of the code without running it

lint-only: # the same, with what is installed
	$(BIN)/ruff check python inst/python tests/python tools benchmarks
	$(BIN)/ruff format --check python inst/python tests/python tools benchmarks
	$(BIN)/mypy
	$(BIN)/python tools/sizes.py
	PYTHONPATH=python $(BIN)/lint-imports --no-logo
	PYTHONPATH=python $(BIN)/lint-imports --no-logo tools/types.importlinter
	$(BIN)/vulture
	sh tools/forms.sh $(BIN)

pre-commit: setup ## have git run `make lint-only` before each commit
	$(BIN)/python -m pip install --quiet pre-commit
	$(BIN)/pre-commit install

test-python: setup $(VENV)/suggests.done
	$(PYTEST) $(SIDE_BY_SIDE)

test-slow: setup $(VENV)/suggests.done ## all other tests: browser, kills, clusters, motion, fuzz
	$(MAKE) -j 2 --output-sync test-r-slow test-memory vignettes
	$(MAKE) test-python-slow

test-python-slow: setup $(VENV)/suggests.done
	$(PYTEST) $(SIDE_BY_SIDE) -m "slow and not memory" tests/python

test-memory: setup $(VENV)/suggests.done # in a process that has done nothing else
	$(PYTEST) -m memory tests/python

fuzz: setup ## damaged files for what reads files of strangers; MINUTES=30
	$(BIN)/python tests/python/fuzzing.py --minutes $(or $(MINUTES),30)

mutants: setup $(VENV)/suggests.done ## changes of core/ and recipes/ that no test sees
	$(BIN)/python -m pip install --quiet cosmic-ray
	$(BIN)/python tools/mutants.py --minutes $(or $(MINUTES),60)

mutants-r: setup $(VENV)/suggests.done ## the same of what turns R's values into Python's
	$(R_ENV) $(BIN)/python tools/mutants_r.py

test-r: setup $(VENV)/suggests.done
	DEEPDREAMR_TEST_REAL=1 $(RSCRIPT) tools/test.R quick

test-r-slow: setup $(VENV)/suggests.done # with the real core, and what takes long
	DEEPDREAMR_TEST_REAL=1 $(RSCRIPT) tools/test.R slow

vignettes: setup $(VENV)/suggests.done
	$(RSCRIPT) tools/vignettes.R

check-r: setup $(VENV)/suggests.done
	$(R_ENV) sh tools/check.sh

test-rest: lint-r coverage docs test-floor ## what neither `make test` nor `make test-slow` runs

test-floor: setup ## pytest with the lowest versions of what is needed
	$(R_ENV) DEEPDREAMR_TEST_REAL=1 sh tools/floor.sh $(VENV)

$(VENV)/docs.done: pyproject.toml tools/scripts.sh pkgdown/package-lock.json
	sh tools/setup.sh $(VENV) pkgdown
	$(BIN)/python -m pip install --quiet ".[docs]"
	sh tools/scripts.sh $(VENV)/scripts
	@touch $@

docs: setup $(VENV)/suggests.done $(VENV)/docs.done ## the documentation site, in build/site
	rm -rf $(SITE)
	$(MAKE) -j 2 docs-examples docs-r
	$(BIN)/python -m sphinx -W --keep-going -E -q -j 2 -d build/doctrees docs $(SITE)
	$(BIN)/python tools/r_pages.py $(SITE)/r
	$(BIN)/python tools/links.py $(SITE)

docs-examples: # what stands in the site's examples is run
	$(R_ENV) $(BIN)/python tools/examples.py build/examples

docs-r: # R's pages
	$(RSCRIPT) tools/docs.R $(SITE)/r $(VENV)/scripts

coverage: coverage-r coverage-python ## how much of both languages all tests run; what they do not

coverage-python: setup $(VENV)/suggests.done # what fails for being measured, and so slow, ends nothing
	$(BIN)/python -m pip install --quiet "coverage>=7.10"
	@mkdir -p build/coverage
	$(BIN)/python -m coverage erase
	-$(MEASURED) $(SIDE_BY_SIDE)
	-$(MEASURED) $(SIDE_BY_SIDE) -m "slow and not memory" tests/python
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

coverage-r: setup $(VENV)/suggests.done
	sh tools/setup.sh $(VENV) covr
	DEEPDREAMR_TEST_REAL=1 $(RSCRIPT) tools/coverage.R

lint-r: setup ## the R code by lintr
	sh tools/setup.sh $(VENV) lintr pkgload
	$(RSCRIPT) tools/lint.R

dist: setup $(VENV)/suggests.done ## wheel, source archive and R's, of what has been committed
	$(R_ENV) $(BIN)/python tools/release.py dist

try: setup $(VENV)/suggests.done ## install what is in dist/ into clean environments, and run its tests
	$(BIN)/python tools/release.py try

release: setup $(VENV)/suggests.done ## all that a release takes; with TAG=1 its tag, too
	$(R_ENV) $(BIN)/python tools/release.py release $(if $(TAG),--tag)

clean:
	rm -rf $(VENV) dream docs/made build dist *.Rcheck deepdreamr_*.tar.gz
