# `make demo` and `make test` need Python 3.11 or newer and make; what else they need they install into .venv.
# Another interpreter: make demo PYTHON=/path/to/python3.12

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check
ARGS ?=

.PHONY: help demo test check bench pictures clean

help:
	@echo 'make demo    two parties who trust the same CA meet over TLS 1.3, every step shown'
	@echo 'make test    run the tests (peers that are not installed are skipped; ARGS="-k ladder" selects)'
	@echo 'make check   ruff and mypy --strict'
	@echo 'make bench   compare with ssl, pyOpenSSL and tlslite-ng'
	@echo 'make pictures  draw the terminal for the READMEs again'
	@echo 'make clean   remove .venv and caches'

demo: $(VENV)/.installed
	@$(VENV)/bin/dojang demo $(ARGS)

test: $(VENV)/.installed-test
	$(VENV)/bin/python -m pytest $(ARGS)

check: $(VENV)/.installed-dev
	$(VENV)/bin/python -m ruff check src tests benchmarks scripts
	$(VENV)/bin/python -m ruff format --check src tests benchmarks scripts
	$(VENV)/bin/python -m mypy

bench: $(VENV)/.installed-bench
	$(VENV)/bin/python -m benchmarks $(ARGS)

pictures: $(VENV)/.installed
	scripts/picture docs/images/demo.en.svg 'anyone on the way' 'little else' -- $(VENV)/bin/dojang demo --lang en
	scripts/picture docs/images/demo.ko.svg '누구나 읽을 수 있음' '크기 정도' -- $(VENV)/bin/dojang demo --lang ko

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis build dist

$(VENV)/pyvenv.cfg:
	@test -n '$(PYTHON)' || { echo 'dojang needs Python 3.11 or newer; name one with make PYTHON=...' >&2; exit 1; }
	@echo 'setting up $(VENV)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/pyvenv.cfg
	@$(PIP) install --quiet --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(VENV)/pyvenv.cfg
	@$(PIP) install --quiet --editable '.[test]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/pyvenv.cfg
	@$(PIP) install --quiet --editable '.[test,bench,dev]'
	@touch $@

$(VENV)/.installed-bench: pyproject.toml | $(VENV)/pyvenv.cfg
	@$(PIP) install --quiet --editable '.[bench]'
	@touch $@
