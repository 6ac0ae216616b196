# Everything sets itself up first and does only what is missing.
.DEFAULT_GOAL := help
.PHONY: help setup run test bench lint lock clean

REGISTRY = .venv/bin/infra-registry
UV = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## system packages (as root), .venv from the hash lock, browser libraries
	@sh scripts/setup.sh

run: setup ## start the register with the sample cities on http://127.0.0.1:8000 (PORT=… to change)
	@$(REGISTRY) db up
	@$(REGISTRY) db migrate
	@$(REGISTRY) demo
	@exec $(REGISTRY) serve

test: ## every check and every test (ARGS=… go to pytest)
	@sh scripts/setup.sh dev
	@sh scripts/test.sh $(ARGS)

bench: ## measure against the budgets, beside an independent tile server
	@sh scripts/setup.sh bench
	@.venv/bin/python -m tests.benchmarks $(ARGS)

lint: ## ruff (rules and format) and mypy
	@sh scripts/setup.sh dev
	@sh scripts/lint.sh

lock: ## resolve pyproject.toml anew, keeping what the locks hold where it still fits (needs uv)
	$(UV) pyproject.toml --extra demo --group build -o requirements.lock
	$(UV) -c requirements.lock pyproject.toml --extra demo --extra cluster --group build --group dev -o requirements-dev.lock
	$(UV) --group bench -o requirements-bench.lock

clean: ## remove what setup and tests made; var/ (the data) stays
	@[ ! -x $(REGISTRY) ] || $(REGISTRY) db down || true
	rm -rf .venv .venv-bench build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -rf web/node_modules web/static/vendor
	find infra_registry web migrations tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
