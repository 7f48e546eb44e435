# Two commands: `make run` sets everything up and serves; `make test` checks everything.
.DEFAULT_GOAL := help
.PHONY: help run test bench evaluate setup setup-test clean

VENV := .venv
BIN := $(VENV)/bin
export QINGZHUN_DATA ?= data

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: ## virtual environment, pinned dependencies, the offline model
	@scripts/setup runtime

run: setup ## set up, load the sample catalogue, print one match, serve on localhost
	@$(BIN)/qingzhun demo samples/*.jsonl
	@$(BIN)/qingzhun serve

setup-test:
	@scripts/setup development

test: setup-test ## lint, types and the whole test suite
	@scripts/check

evaluate: setup ## the judged sets, all modes and signals
	@$(BIN)/qingzhun evaluate tests/data/benchmark

bench: setup ## latency, build time and memory on this machine
	@$(BIN)/python -m bench

clean: ## remove the virtual environment and the data directory
	rm -rf $(VENV) data
