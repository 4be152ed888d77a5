# Filmside. `make demo` and `make test` do their own set-up; nothing is installed outside this folder but Debian packages
# that the tests need (a browser, and the tools that boot a throwaway host).

PYTHON ?= python3
PORT ?= 8080
VENV := .venv
TEST_VENV := .venv-test
PIP := -m pip --disable-pip-version-check install -q

.PHONY: help venv demo test-venv test lint types tests tests-host tests-hardware translations lock benchmark clean

help:
	@echo "make demo            start the demo kiosk on http://127.0.0.1:$(PORT)"
	@echo "make venv            make $(VENV) with the filmside command in it"
	@echo "make test            set up and run everything: lint, types, tests (what .ci/run calls)"
	@echo "make tests-hardware  the tests that need a real board"
	@echo "make benchmark       measure reading time, finding and coaching again"
	@echo "make translations    take new texts of the page into the catalogues, and compile them"
	@echo "make lock            resolve the lock files again (needs uv)"

venv: $(VENV)/ready

$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python $(PIP) --require-hashes -r requirements.lock
	$(VENV)/bin/python $(PIP) --no-deps -e .
	@touch $@

demo: venv
	$(VENV)/bin/filmside demo --port $(PORT)

test-venv: $(TEST_VENV)/ready

$(TEST_VENV)/ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(TEST_VENV)
	$(TEST_VENV)/bin/python $(PIP) --require-hashes -r requirements-dev.lock
	$(TEST_VENV)/bin/python $(PIP) --no-deps -e .
	@touch $@

test: lint types tests tests-host

lint: test-venv
	$(TEST_VENV)/bin/ruff check .

types: test-venv
	$(TEST_VENV)/bin/mypy

tests: test-venv
	sh .ci/install-browser
	$(TEST_VENV)/bin/pytest -m "not hardware and not host" -n auto --maxprocesses 4 --dist loadfile

# Boots a Debian host in a network namespace of its own and sets it up by Ansible; that takes root.
tests-host: test-venv
	@if [ "$$(id -u)" = 0 ]; then \
	  sh tests/deploy/install_tools.sh && $(TEST_VENV)/bin/pytest -m host; \
	else \
	  echo "NOT RUN: the tests that boot a host need root; run 'sudo make tests-host'."; \
	fi

tests-hardware: test-venv
	$(TEST_VENV)/bin/pytest -m hardware tests/hardware

benchmark: test-venv
	$(TEST_VENV)/bin/python benchmarks/read_time.py
	$(TEST_VENV)/bin/python benchmarks/find.py
	$(TEST_VENV)/bin/python benchmarks/coach.py

# Texts of the page that are new go into every catalogue, untranslated (a test then fails until somebody translates them).
translations: test-venv
	mkdir -p build
	$(TEST_VENV)/bin/pybabel -q extract -F device/web/translations.cfg -k N_ --no-location -o build/messages.pot .
	$(TEST_VENV)/bin/pybabel -q update -N --no-wrap -i build/messages.pot -d device/web/translations
	$(TEST_VENV)/bin/pybabel -q compile -d device/web/translations

lock:
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.10 \
	  pyproject.toml -o requirements.lock
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.10 \
	  --extra train --extra ray --extra dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) $(TEST_VENV) .pytest_cache .mypy_cache .ruff_cache *.egg-info
