# Ouderbrug. `make demo` to try it, `make test` to test it, `make` for all that CI checks.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: check demo test lint types imports content bench torture browser lock clean
.DEFAULT_GOAL := check

check: lint types imports content test

# PORT=8123, FRESH=1 to start over, TRANSLATE=http://127.0.0.1:5000 for own words through a LibreTranslate of yours
demo: .venv/.run
	$(BIN)/python -m bot demo --port $(PORT) $(if $(FRESH),--fresh) $(if $(TRANSLATE),--translate $(TRANSLATE))

test: .venv/.dev browser
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: .venv/.dev
	$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: .venv/.dev
	$(BIN)/mypy

imports: .venv/.dev
	$(BIN)/lint-imports

content: .venv/.dev
	$(BIN)/python -m bot check

bench: .venv/.dev
	$(BIN)/python -m bot bench

torture: .venv/.dev
	TORTURE=1 $(BIN)/python -m pytest -m slow -s

# A Chromium for the page tests: the one on this machine, else Debian's, else Playwright's own.
browser: .venv/.dev
	@sh tests/browser.sh $(BIN)

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.run: .venv/bin/python requirements.lock
	@echo "Installing what Ouderbrug needs (once, about half a minute) ..."
	@$(PIP) --require-hashes -r requirements.lock
	@printf '%s\n' "$(CURDIR)" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/ouderbrug.pth"
	@printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m bot "$$@"\n' "$(CURDIR)" > $(BIN)/ouderbrug && chmod +x $(BIN)/ouderbrug
	@touch $@

.venv/.dev: .venv/.run requirements-dev.lock
	@echo "Installing what its tests need (once) ..."
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# New locks after a change in pyproject.toml; no address of a registry is written into them.
UV := uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links
lock:
	$(UV) pyproject.toml -o requirements.lock
	$(UV) --extra dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf .venv .demo
