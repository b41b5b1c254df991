# The commands of the project. Nothing to install or to activate first: each target makes what it
# needs in .venv from the lock files of requirements/, once, and again when they change.
# Another version of Python has a folder of its own: make test PY=python3.13 VENV=.venv-3.13
# So has another Django than the LTS, which needs Python 3.12: make test PY=python3.13 DJANGO=6.1

PY ?= python3
DJANGO ?=
VENV := .venv$(if $(DJANGO),-django-$(DJANGO))
PORT ?= 8000
ARGS ?=
VNU ?=

BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-compile --require-hashes
OTHER_DJANGO := $(if $(DJANGO),requirements/django-$(DJANGO).lock)
PYTHON_CODE := manage.py bench cse_portal notices users registrations proxies eservices home sandbox tests
UV_VERSION := 0.9
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo demo-reset test test-all test-plain test-django html walls bench guide lint format messages locks sbom release catalogs clean

help: ## Say what each command does
	@echo 'CSE Portal'
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

demo: $(VENV)/.runtime.stamp ## Serve the demo companies on http://127.0.0.1:8000 (PORT=8001 for another port)
	@exec env CSE_SANDBOX=true $(BIN)/python manage.py demo --port $(PORT)

demo-reset: $(VENV)/.runtime.stamp ## The same, starting afresh: what the demo holds is lost (ARGS=--yes if DATABASE_URL names its server)
	@exec env CSE_SANDBOX=true $(BIN)/python manage.py demo --port $(PORT) --reset $(ARGS)

test: $(VENV)/.dev.stamp catalogs ## Run all tests (ARGS='-k proxy' to choose some; PY=python3.13 VENV=.venv-3.13 for another Python)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-plain: $(VENV)/.dev.stamp catalogs ## Run all tests but the browser's without cse_portal/speed, which must change nothing
	CSE_PLAIN=true $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore=tests/browser $(ARGS)

test-django: ## Run all tests but the browser's on each other Django, where PY is 3.12 or newer (PY=python3.13)
	@for lock in requirements/django-*.lock; do \
	    version=$${lock#requirements/django-}; \
	    $(MAKE) test DJANGO=$${version%.lock} ARGS='--ignore=tests/browser $(ARGS)' || exit 1; \
	done

test-all: export CSE_TEST_ALL = true
test-all: test ## The same, in both languages, with all the examples: before a release

html: $(VENV)/.dev.stamp catalogs ## Check the HTML of every page (VNU=path/to/vnu.jar, and Java)
	CSE_LANGUAGE=both CSE_VNU=$(abspath $(VNU)) $(BIN)/python -m pytest -n 2 --dist loadfile tests/browser/test_every_page_in_*.py

walls: $(VENV)/.dev.stamp catalogs ## Break each wall in a copy: a test must fail each time (ARGS=lock to choose some)
	$(BIN)/python -m tests.walls_broken $(ARGS)

bench: $(VENV)/.dev.stamp catalogs ## Measure the portal beside a bare Django page (ARGS='--sizes 1000 --no-journeys')
	$(BIN)/python -m bench $(ARGS)

guide: $(VENV)/.dev.stamp catalogs ## Make the pictures of docs/guide again, and those of every page, in var/screenshots (needs Chromium)
	CSE_REQUIRE_BROWSER=1 $(BIN)/python -m pytest -n 2 --dist loadfile tests/browser/guide/make_in_*.py
	$(BIN)/python -m pytest tests/meta/test_guide.py

lint: $(VENV)/.dev.stamp ## Run all linters; change nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PYTHON_CODE)
	$(BIN)/djlint templates --check --lint --quiet
	$(BIN)/lint-imports
	CSE_SANDBOX=true $(BIN)/python manage.py makemigrations --check --dry-run

format: $(VENV)/.dev.stamp ## Put code and templates in the project's style
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	-$(BIN)/djlint templates --reformat --quiet

messages: $(VENV)/.runtime.stamp ## Put new texts in locale/, take the others out, list what is to translate (needs GNU gettext)
	@CSE_SANDBOX=true $(BIN)/python manage.py update_catalogs

catalogs: $(VENV)/.runtime.stamp
	@CSE_SANDBOX=true $(BIN)/python manage.py compile_catalogs

locks: $(VENV)/.python.stamp ## Write the lock files again from requirements/*.in (ARGS=--upgrade for newer releases)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=$(UV_VERSION)'
	@for name in runtime telemetry dev; do \
	    $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	        --no-header --no-emit-index-url $(ARGS) \
	        requirements/$$name.in --output-file requirements/$$name.lock || exit 1; \
	done
	@for lock in requirements/django-*.lock; do \
	    $(BIN)/uv pip compile --quiet --generate-hashes --no-deps --python-version 3.12 \
	        --no-header --no-emit-index-url $(ARGS) \
	        $${lock%.lock}.in --output-file $$lock || exit 1; \
	done

sbom: $(VENV)/.dev.stamp ## Write the software bill of materials of what runs (CycloneDX) to var/sbom.json
	@mkdir -p var
	$(BIN)/cyclonedx-py requirements requirements/runtime.lock --pyproject pyproject.toml --of JSON -o var/sbom.json

release: ## Tag what is committed with pyproject.toml's version, and write its file and checksum to var/release
	@test -z "$$(git status --porcelain)" || { echo 'Commit first: a version is what is committed.' >&2; exit 1; }
	@grep -q '^## $(VERSION) ' CHANGELOG.md || { echo 'Date it first: "## $(VERSION) (year-month-day)" in CHANGELOG.md.' >&2; exit 1; }
	@git tag --annotate --message 'CSE Portal $(VERSION)' v$(VERSION)
	@mkdir -p var/release
	@git archive --format=tar --prefix=cse-portal-$(VERSION)/ v$(VERSION) | gzip -9n >var/release/cse-portal-$(VERSION).tar.gz
	@cd var/release && sha256sum cse-portal-$(VERSION).tar.gz >cse-portal-$(VERSION).tar.gz.sha256
	@echo 'var/release/cse-portal-$(VERSION).tar.gz; then: git push origin v$(VERSION)'

clean: ## Remove .venv, caches and compiled files; keep var/, the data of the demo
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis staticfiles
	rm -f locale/*/LC_MESSAGES/django.mo
	find $(wildcard $(PYTHON_CODE)) -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.python.stamp:
	@command -v $(PY) >/dev/null || { echo 'Python 3.11 or newer is needed: "$(PY)" was not found (make PY=... to name another).' >&2; exit 1; }
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PY) is $$($(PY) --version 2>&1) (make PY=... to name another)." >&2; exit 1; }
	@$(PY) -c 'import ensurepip, venv' 2>/dev/null || { echo '$(PY) lacks its "venv" module. On Debian or Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@echo 'Making $(VENV) ...'
	@$(PY) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime.stamp: requirements/runtime.lock $(OTHER_DJANGO) | $(VENV)/.python.stamp
	@echo 'Installing what the portal needs ...'
	@$(PIP_INSTALL) -r requirements/runtime.lock
	@$(if $(DJANGO),$(PIP_INSTALL) --no-deps -r $(OTHER_DJANGO),true)
	@touch $@

# Traces and reports of errors, for a service that sends them; at the versions of runtime.lock.
$(VENV)/.telemetry.stamp: requirements/telemetry.lock | $(VENV)/.runtime.stamp
	@echo 'Installing what traces and reports of errors need ...'
	@$(PIP_INSTALL) -r requirements/telemetry.lock
	@touch $@

# The runtime packages are in dev.lock too, at the same versions: one install serves both.
$(VENV)/.dev.stamp: requirements/dev.lock requirements/runtime.lock requirements/telemetry.lock $(OTHER_DJANGO) | $(VENV)/.python.stamp
	@echo 'Installing what the tests and linters need ...'
	@$(PIP_INSTALL) -r requirements/dev.lock
	@$(if $(DJANGO),$(PIP_INSTALL) --no-deps -r $(OTHER_DJANGO),true)
	@touch $(VENV)/.runtime.stamp $(VENV)/.telemetry.stamp $@
