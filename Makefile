# Two commands are enough: `make run` to look at it, `make test` to change it. `make help` lists all.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
IN := $(VENV)/bin/
BROWSERS := chromium chromium-browser google-chrome google-chrome-stable

export PORT
SHELL := /bin/sh
.SHELLFLAGS := -ec
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help run test coverage bench lint format lock clean runtime development browser

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: runtime ## Start the site with demo campaigns on http://127.0.0.1:8000 (PORT=… changes it)
	@export CAMPAIGNS_ENV=development
	$(IN)campaigns init
	exec $(IN)campaigns run

test: lint browser ## Check style, types and imports, and run every test
	@echo "Running the tests …"
	exec $(IN)python -m pytest -q -n auto --dist worksteal $(TESTS)

coverage: development ## Say which lines no test outside the browser reaches
	@$(IN)python -m coverage run -m pytest -q -m "not browser"
	exec $(IN)python -m coverage report --skip-covered --show-missing

bench: development ## Measure against the budgets, on SQLite and PostgreSQL
	@exec $(IN)python -m tests.bench $(BENCH)

lint: development ## Check style, types, imports and templates
	@$(IN)python -m ruff check --quiet
	$(IN)python -m ruff format --check --quiet || {
		echo "Some files are not formatted: run “make format”." >&2
		exit 1
	}
	$(IN)python -m mypy --no-error-summary
	$(IN)lint-imports --no-cache > $(VENV)/imports.txt || { cat $(VENV)/imports.txt; exit 1; }
	$(IN)djlint templates --quiet
	echo "Style, types, imports and templates are in order."

format: development ## Format the code
	@$(IN)python -m ruff check --quiet --fix || true
	$(IN)python -m ruff format --quiet

lock: ## Lock the dependencies of pyproject.toml anew, with hashes
	@trap 'rm -rf "$$folder"' EXIT
	folder=$$(mktemp -d)
	$(PYTHON) -m venv "$$folder"
	"$$folder/bin/pip" install -qq uv
	compile() {
		"$$folder/bin/uv" pip compile -q pyproject.toml --universal --python-version 3.11 \
			--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
			--group build $(UV) "$$@"
	}
	compile -o requirements.txt
	compile --group dev -c requirements.txt -o requirements-dev.txt

clean: ## Delete what was installed and cached; instance/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime:
	@[ -e "$(VENV)/requirements-dev.txt" ] && set -- requirements-dev.txt || set -- requirements.txt
	$(install)

development:
	@set -- requirements-dev.txt
	$(install)

# Installs the locked file $1, once: the mark left behind says for what, and where, it was done.
define install
mark=$$(cat "$$1" pyproject.toml | cksum)" $(CURDIR)"
if [ "$$(cat "$(VENV)/$$1" 2> /dev/null)" = "$$mark" ]; then exit 0; fi
if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
	echo "Python 3.11 or newer is needed: install python3, or name one with PYTHON=…" >&2
	exit 1
fi
if ! $(PYTHON) -c 'import ensurepip, venv' 2> /dev/null; then
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
		echo "Python's venv module is missing. Install it: sudo apt-get install python3-venv" >&2
		exit 1
	fi
	echo "Installing python3-venv …"
	apt-get -qq update
	DEBIAN_FRONTEND=noninteractive apt-get -qq install -y python3-venv > /dev/null
fi
echo "Installing what $$1 lists into $(VENV) (a minute or two, once) …"
[ -x "$(IN)python" ] && [ -d "$(VENV)" ] && grep -qsF " $(CURDIR)" "$(VENV)/$$1" ||
	$(PYTHON) -m venv --clear "$(VENV)"
$(IN)python -m pip install -qq --disable-pip-version-check --require-hashes -r "$$1"
$(IN)python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
echo "$$mark" > "$(VENV)/$$1"
endef

# A Chromium for the tests that drive one; without it they are skipped, and the last lines say so.
browser: development
	@for name in $(BROWSERS); do
		if "$$name" --version > /dev/null 2>&1; then exit 0; fi
	done
	if $(IN)python -m tests.fixtures.chromium; then exit 0; fi
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
		echo "Installing Chromium …"
		apt-get -qq update || true
		if DEBIAN_FRONTEND=noninteractive apt-get -qq install -y chromium > /dev/null 2>&1 &&
			chromium --version > /dev/null 2>&1; then exit 0; fi
		echo "Installing Playwright's Chromium …"
		$(IN)python -m playwright install --with-deps chromium > /dev/null || true
	else
		echo "Installing Playwright's Chromium …"
		$(IN)python -m playwright install chromium > /dev/null || true
	fi
	$(IN)python -m tests.fixtures.chromium ||
		echo "There is no Chromium to be had: what needs a browser is skipped." >&2
