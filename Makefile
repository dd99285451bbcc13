# Everything a contributor runs. Each target makes the environment from the lock first; that is quick when it is made.
SHELL := /bin/bash
BIN := .venv/bin
# Compiled modules are kept, whatever the machine says: without them each of the many processes of the tests and of the
# demo compiles every module anew, which is half of its start.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo test judges pictures campaign frameworks browsers package mutants check bench load lighthouse format openapi pages picture

help:
	@echo "make demo     run everything on this machine: gateway, worker, sandbox, a shop to try it from"
	@echo "make test     all tests, with a real browser (ARGS='-k …' for some)"
	@echo "make judges   the brokers' official clients against the simulators; writes which of their calls were judged"
	@echo "make frameworks the web SDK's npm package in pages of React, Vue and Svelte, and its types in TypeScript"
	@echo "make browsers the core journeys in Chromium, Firefox and WebKit; writes the table of the README"
	@echo "make package  the web SDK as an npm package, in sdk/dist"
	@echo "make pictures every page and journey as pictures, under artefacts/"
	@echo "make campaign SEEDS=200 random stories of faults, from FIRST=1 on; every failure with every broker"
	@echo "make mutants  what the tests of money and access let through: 95 % of all mutants have to fail a test"
	@echo "make check    format, lint, types, layers, migrations, API description"
	@echo "make bench    the measurements of docs/operations.md; GROW=1000000: what history costs"
	@echo "make load RATE=40,60,90  whole transactions at a rate: times of each step, processor, what is refused"
	@echo "make lighthouse what Lighthouse says of the pages that people meet first: 98 in every column"
	@echo "make format   format and sort imports"
	@echo "make openapi  write docs/openapi.json and docs/errors.md anew after a change of the API"
	@echo "make pages    write docs/brokers anew after a change of what a connector declares"
	@echo "make picture  take the picture of the README anew"

setup:
	@scripts/setup

demo: setup
	@exec $(BIN)/torana demo $(ARGS)

test: setup
	@chromium=$$(scripts/chromium) && TORANA_CHROMIUM=$$chromium $(BIN)/pytest -n 5 --dist loadfile --no-loadscope-reorder $(ARGS)

judges: export TORANA_JUDGED := write
judges: setup
	$(BIN)/pytest $(foreach broker,kite upstox angelbroking,$(wildcard tests/sandbox/test_$(broker)_*_client.py)) $(ARGS)
	@uv=$$(command -v uv || echo .torana/tools/uv/bin/uv); for wanted in tests/judges/*.txt; do \
		broker=$$(basename $$wanted .txt); home=$(CURDIR)/.torana/judges/$$broker; \
		$$uv venv --quiet --allow-existing --python $(BIN)/python $$home && \
		$$uv pip install --quiet --python $$home --requirement $$wanted && \
		env TORANA_$$(echo $$broker | tr a-z A-Z)_PYTHON=$$home/bin/python \
			$(BIN)/pytest tests/sandbox/test_$${broker}_*_client.py $(ARGS) || exit 1; \
	done
	@for wanted in tests/judges/*.git; do \
		broker=$$(basename $$wanted .git); home=$(CURDIR)/.torana/judges/$$broker; read -r address commit <$$wanted; \
		if ! { test -d $$home/.git || git clone --quiet $$address $$home; }; then \
			echo "$$broker: $$address cannot be fetched, so that its client judges nothing here"; continue; \
		fi; \
		git -C $$home checkout --quiet $$commit && \
		env TORANA_$$(echo $$broker | tr a-z A-Z)_CLIENT=$$home \
			$(BIN)/pytest tests/sandbox/test_$${broker}_official_client.py $(ARGS) || exit 1; \
	done
	$(BIN)/python scripts/broker_pages.py

campaign: setup
	TORANA_WHOLE=1 TORANA_SEEDS=$(or $(SEEDS),200) TORANA_FIRST_SEED=$(or $(FIRST),1) $(BIN)/pytest tests/faults -k "random_points or three_ledgers" -n 2 $(ARGS)
	TORANA_WHOLE=1 $(BIN)/pytest -n 2 --dist loadfile tests/contract tests/connectors tests/faults tests/cli/test_try.py $(ARGS)
	@chromium=$$(scripts/chromium) && TORANA_CHROMIUM=$$chromium TORANA_WHOLE_BROWSER=1 TORANA_EXAMPLES=20 $(BIN)/pytest -n 2 --dist loadfile \
		tests/api/test_hostile_input.py tests/api/test_contract.py tests/transactions/test_any_body.py tests/sdk/test_once.py tests/baskets/test_histories.py
	@chromium=$$(scripts/chromium) && TORANA_CHROMIUM=$$chromium TORANA_WHOLE=1 $(BIN)/pytest -n 2 --dist loadfile \
		tests/portal/test_axe.py tests/portal/test_gallery.py tests/journeys $(ARGS)

pictures: setup
	@chromium=$$(scripts/chromium) && TORANA_PICTURES=1 TORANA_WHOLE_BROWSER=1 TORANA_CHROMIUM=$$chromium $(BIN)/pytest -n 2 --dist loadfile \
		tests/journeys tests/portal/test_gallery.py $(ARGS)

frameworks: setup
	@chromium=$$(scripts/chromium) && TORANA_FRAMEWORKS=1 TORANA_CHROMIUM=$$chromium $(BIN)/pytest tests/sdk/test_frameworks.py $(ARGS)

browsers: setup
	@scripts/browsers && TORANA_BROWSERS=1 $(BIN)/pytest tests/browsers $(ARGS)

package: setup
	$(BIN)/python sdk/build.py --package sdk/dist

mutants: setup
	$(BIN)/python scripts/mutants.py $(ARGS)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python scripts/check_new_connector.py
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_migrations.py
	$(BIN)/python -m torana.openapi docs --check
	$(BIN)/python sdk/build.py --check
	$(BIN)/python scripts/texts.py --check
	$(BIN)/python scripts/broker_pages.py --check

bench: setup
	$(BIN)/python -m tests.bench $(if $(GROW),--grow $(GROW)) $(ARGS)

load: setup
	$(BIN)/python -m tests.bench.offered $(or $(RATE),40)

lighthouse: setup
	@chromium=$$(scripts/chromium) && TORANA_CHROMIUM=$$chromium $(BIN)/python -m tests.bench.lighthouse

format: setup
	$(BIN)/ruff check --select I --fix .
	$(BIN)/ruff format .

openapi: setup
	$(BIN)/python -m torana.openapi docs

pages: setup
	$(BIN)/python scripts/broker_pages.py
	$(BIN)/python -m torana.connectors.table docs/connectors.md

picture: setup
	@TORANA_CHROMIUM=$$(scripts/chromium) $(BIN)/python scripts/picture.py docs/images/popup.png
