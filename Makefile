# Every command a person or CI runs. `make help` lists them.

.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
PLATFORM := target/debug/platform
PACKAGE := $(if $(S),-p $(S),--workspace)

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: build
build: ## Build every binary
	@cargo build --workspace --bins

.PHONY: run
run: build ## Start the platform on http://localhost:8000 until Ctrl-C
	@$(PLATFORM) run

.PHONY: demo
demo: build ## Walk one member through a first day (L=en for English); starts the platform if it does not run
	@$(PLATFORM) demo --lang $(or $(L),ko)

.PHONY: setup
setup: build ## Make roles, schemas and event log in the database
	@$(PLATFORM) setup

.PHONY: grant
grant: build ## Give a member a role: E=me@example.com R=admin
	@$(PLATFORM) grant $(E) $(or $(R),admin)

.PHONY: reset
reset: build ## Empty the private database
	@$(PLATFORM) reset

.PHONY: test
test: ## Run all tests, or those of one crate (S=quest)
	@cargo test $(PACKAGE) --no-fail-fast

.PHONY: coverage
coverage: ## Lines covered by the tests, by file (installs cargo-llvm-cov)
	@command -v cargo-llvm-cov >/dev/null || cargo install cargo-llvm-cov --locked
	@cargo llvm-cov $(PACKAGE) --summary-only

.PHONY: openapi
openapi: build ## Write docs/openapi.yaml from what the services say
	@$(PLATFORM) openapi

.PHONY: fmt
fmt: ## Format the code
	@cargo fmt --all

.PHONY: check
check: ## All that must hold: format, lints, docs, tests, generated files
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets -- --deny warnings
	@RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --document-private-items --quiet
	@cargo test --workspace --no-fail-fast
	@cargo run --quiet -p platform -- openapi --check
