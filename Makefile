# Thin: each target calls one script or tool. 'make' alone lists them.
.DEFAULT_GOAL := help
.PHONY: help setup build demo run status down test unit integration fuzz chaos bench bench-frontend bench-reach valgrind lint format docs clean clean-data

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' Makefile | expand -t 16

setup: ## install what is missing of Debian 12's packages
	@deploy/dev/setup

build: ## build the programs into build/release
	@deploy/dev/build release

demo: ## show HMS with N=4 simulated cells, from setup to a summary; leaves nothing running. TLS=1: over https
	@deploy/dev/demo

run: ## start the stores and REPLICAS=1 of each service, and leave them running. TLS=1: devices come over https
	@deploy/dev/up

status: ## what runs
	@deploy/dev/stores status; stores=$$?; deploy/dev/hms status && exit $$stores

down: ## stop all that 'make run' started; data stays
	@deploy/dev/down

test: ## all tests: unit, fuzz (short), integration
	@tests/run

unit: ## unit tests under the address and undefined behaviour sanitizers
	@tests/run unit

integration: ## integration tests on real stores
	@tests/run integration

fuzz: ## every fuzzer for FUZZ_SECONDS=5 from FUZZ_SEED=1 (0: another each time)
	@tests/run fuzz

chaos: ## tests that kill, pause and cut parts of a running system. CHAOS_TLS=1: devices come over TLS with Digest
	@tests/run chaos

bench: ## measure sessions, alarms, PM counters and files; BENCH="alarms pm" only these
	@tests/load/bench

bench-reach: ## measure connection requests: from a command to its execution at an idle cell, and what dead addresses cost
	@tests/load/bench reach

bench-frontend: ## measure the front end alone, beside nginx: CPU of a session by how it is connected, reading an Inform, memory
	@tests/load/bench frontend memory

valgrind: ## unit tests under memcheck
	@tests/run valgrind

lint: ## clang-format, shellcheck, clang-tidy
	@tests/lint

format: ## format all C files
	@tests/lint --fix

docs: ## write docs/config.md, metrics.md, methods.md, quirks.md and conformance.md
	@deploy/dev/docs

clean: ## remove build/
	rm -rf build

clean-data: ## stop all, remove data, ports and secrets of .run
	@deploy/dev/hms stop
	@deploy/dev/stores purge
