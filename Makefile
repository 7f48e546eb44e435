# Two commands: `make run` sets everything up and serves; `make test` checks everything.
.DEFAULT_GOAL := help
.PHONY: help run test bench evaluate tune ablate setup setup-test clean

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

evaluate: setup ## the judged sets against the stored baseline, all modes and signals
	@$(BIN)/qingzhun evaluate tests/data/benchmark --intervals --baseline tests/data/baseline.json
	@$(BIN)/qingzhun evaluate judgments --split held_out --intervals --baseline tests/data/baseline.json

tune: setup ## fit the constants of the ranking to the tuning part (writes nothing; see docs/relevance.md)
	@$(BIN)/qingzhun tune judgments tests/data/benchmark

ablate: setup ## each part of the ranking taken away or replaced in turn
	@$(BIN)/qingzhun ablate judgments tests/data/benchmark

bench: setup ## ours, the peers and the floor of this machine side by side, into docs/benchmarks.md
	@scripts/setup-peers || echo "对照系统没有装全 / some peers are not installed" >&2
	@$(BIN)/python -m bench.compare --write docs/benchmarks.md $(BENCH)

clean: ## remove the virtual environment and the data directory
	rm -rf $(VENV) .venv-peers build data
