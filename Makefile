# Every command a person or CI runs. `make help` lists them.

.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
PLATFORM := target/debug/platform
PACKAGE := $(if $(S),-p $(S),--workspace)

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

.PHONY: build
build: ## Build every binary
	@cargo build --workspace --bins

.PHONY: run
run: build ## Start the platform on http://localhost:8000 until Ctrl-C (COGNITO=moto: with Cognito)
	@$(PLATFORM) run $(COGNITO:%=--cognito %)

.PHONY: demo
demo: build ## Walk one member through a first day (L=en for English); starts the platform if it does not run
	@$(PLATFORM) demo --lang $(or $(L),ko) $(COGNITO:%=--cognito %)

.PHONY: setup
setup: build ## Make roles, schemas and event log in the database
	@$(PLATFORM) setup

.PHONY: grant
grant: build ## Give a member a role: E=me@example.com R=admin
	@$(PLATFORM) grant $(E) $(or $(R),admin)

.PHONY: backup
backup: build ## Save the database: F=folder, or one in .local/backups
	@$(PLATFORM) backup $(F)

.PHONY: restore
restore: build ## Make the database, which must be empty (make reset), of a backup: F=folder
	@$(PLATFORM) restore $(or $(F),$(error F=folder of the backup))

.PHONY: restore-drill
restore-drill: build ## Save the database, restore it into an empty server, compare every row
	@$(PLATFORM) drill

.PHONY: reset
reset: build ## Empty the private database
	@$(PLATFORM) reset

.PHONY: test
test: ## Run all tests, or those of one crate (S=quest)
	@cargo test $(PACKAGE) --no-fail-fast

# Profiles are read by the LLVM that rustc was built with, and by no older one.
LLVM = $(shell rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
LLVM_BIN = $(patsubst %/llvm-profdata,%,$(firstword $(wildcard $(addsuffix /llvm-profdata, \
	$(shell rustc --print sysroot)/lib/rustlib/*/bin /usr/lib/llvm-$(LLVM)/bin))))

.PHONY: coverage
coverage: ## Lines covered by the tests, by file, or those of one crate (S=quest)
	@test -n "$(LLVM_BIN)" || { echo "First: rustup component add llvm-tools (or apt-get install llvm-$(LLVM))"; exit 1; }
	@command -v cargo-llvm-cov >/dev/null || cargo install cargo-llvm-cov --locked
	@LLVM_COV=$(LLVM_BIN)/llvm-cov LLVM_PROFDATA=$(LLVM_BIN)/llvm-profdata \
		cargo llvm-cov $(PACKAGE) --summary-only

.PHONY: deny
deny: ## Look at what we depend on: licences, sources, what is banned (deny.toml), or D=advisories
	@command -v cargo-deny >/dev/null || cargo install cargo-deny --locked
	@cargo deny check $(or $(D),bans licenses sources)

.PHONY: release
release:
	@cargo build --release -p bench -p gateway -p auth -p catalog -p analysis -p quest -p sns

.PHONY: bench
bench: release ## What requests cost, as ratios to PostgreSQL's own limit and other gateways; or one part (P=home)
	@target/release/bench $(or $(P),all)

.PHONY: instructions
instructions: release ## Instructions of three hot paths against those that are recorded (R=1 records them)
	@target/release/bench instructions $(if $(R),--record)

.PHONY: check-watch
check-watch: build ## What operators see: rules and their tests, a killed service's alert, dashboards, a trace (P=files, P=live)
	@target/debug/watch $(P)

.PHONY: dashboards
dashboards: build ## Write deploy/grafana/dashboards from their description
	@target/debug/watch dashboards

.PHONY: openapi
openapi: build ## Write docs/openapi.yaml from what the services say
	@$(PLATFORM) openapi

.PHONY: configure
configure: build ## Write docs/configure.md from what the code says of its settings
	@$(PLATFORM) configure

.PHONY: events
events: build ## Write docs/events, the JSON Schemas of what services tell each other; what would break their readers is refused
	@$(PLATFORM) events

.PHONY: fmt
fmt: ## Format the code
	@cargo fmt --all

.PHONY: check
check: ## All that must hold: format, lints, docs, tests, generated files, dependencies
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets -- --deny warnings
	@RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --document-private-items --quiet
	@cargo test --workspace --no-fail-fast
	@cargo run --quiet -p platform -- openapi --check
	@cargo run --quiet -p platform -- configure --check
	@$(MAKE) --no-print-directory deny

# Tools of deploy/check, from PyPI and npm, each file by its hash; made anew when the lists change.
DEPLOY_LISTS := deploy/check/requirements.txt deploy/check/package-lock.json
DEPLOY_TOOLS := target/tools/deploy
DEPLOY_PYTHON := $(DEPLOY_TOOLS)/python/bin/python
DEPLOY_MADE := $(DEPLOY_TOOLS)/made-$(shell cat $(DEPLOY_LISTS) | cksum | cut -d' ' -f1)

$(DEPLOY_MADE):
	@echo "installing the tools of deploy/check into $(DEPLOY_TOOLS)"
	@{ python3 -c 'import ensurepip' && command -v npm; } &>/dev/null || { \
		root=$$([ "$$(id -u)" = 0 ] || echo sudo -n); \
		$$root apt-get update -qq && $$root apt-get install -yqq --no-install-recommends python3-venv npm; }
	@rm -rf $(DEPLOY_TOOLS) && mkdir -p $(DEPLOY_TOOLS)/node
	@python3 -m venv $(DEPLOY_TOOLS)/python
	@$(DEPLOY_TOOLS)/python/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement deploy/check/requirements.txt
	@cp deploy/check/package.json deploy/check/package-lock.json $(DEPLOY_TOOLS)/node
	@npm ci --silent --no-audit --no-fund --ignore-scripts --prefix $(DEPLOY_TOOLS)/node
	@touch $@

.PHONY: lock-deploy
lock-deploy: $(DEPLOY_MADE) ## Write what the tools of deploy/check need, with hashes, after a change of requirements.in or package.json
	@cd deploy/check && $(abspath $(DEPLOY_TOOLS))/python/bin/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header requirements.in --output-file requirements.txt
	@npm install --silent --no-audit --no-fund --package-lock-only --omit-lockfile-registry-resolved --prefix deploy/check

.PHONY: check-deploy
check-deploy: $(DEPLOY_MADE) ## Check images, compose, charts, k8s/, Argo CD and workflows with tools that install themselves
	@$(DEPLOY_PYTHON) deploy/check

.PHONY: k8s
k8s: $(DEPLOY_MADE) ## Write k8s/ from the charts
	@$(DEPLOY_PYTHON) deploy/check/kubectl.py

IMAGES := gateway auth catalog analysis quest sns setup
BUILDER ?= docker

.PHONY: images
images: ## Build every image, or one (S=quest), with docker (BUILDER=buildah)
	@for service in $(or $(S),$(IMAGES)); do \
		$(BUILDER) build --file deploy/Dockerfile --build-arg SERVICE=$$service \
			--build-arg REVISION=$$(git rev-parse --short HEAD) $(BUILD_ARGS) --tag damacorch/$$service:$(or $(TAG),dev) .; \
	done

.PHONY: secrets
secrets: ## Make keys and passwords for an installation: D=postgres://host:5432/damacorch, P=pooler, in F=.local/installation
	@cargo run --quiet -p setup -- secrets $(or $(F),.local/installation) --database '$(D)' $(P:%=--pooler %) $(filter-out gateway setup,$(IMAGES))
