# Rookery. `make` lists the targets.

PORT ?= 8000
STAGE ?= dev
ROOKERY_STATE ?= .local
export PORT STAGE ROOKERY_STATE

PYTHON := .venv/bin/python
# The Python that creates the virtual environments: any 3.11 or newer.
PYTHON3 ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell \
	$(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
WEB_SOURCES := $(shell find web shared/text/tlds.txt -name node_modules -prune -o -path web/dist -prune \
	-o -type f -print 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help import export-fixtures install environments web run stop reset logs stack worker test test-full lint types bench \
	simulate load package deploy diff status destroy rehearse provision deploy-finish seed admin api-key rebuild repair republish tls client-tests clean lock-stack \
	rotate-keys lock lock-policy lock-replay query-logs wiring wired requirements domain estimate

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Two at a time, since pip uses one core.
install: ## create .venv and .venv-stack and generate Chalice's files in apps/
	@$(MAKE) --no-print-directory -j2 environments
	@$(MAKE) --no-print-directory -j2 wired || echo "the wiring of an app failed: see above"

environments: .venv/.installed .venv/.chalice .venv/.rookery-crawl .venv-stack/.installed .venv-stack/policy/.installed
	@:

.venv/.installed: requirements/dev.lock
	@scripts/local/make_venv.sh '$(PYTHON3)' .venv $<

.venv-stack/.installed: requirements/stack.lock
	@scripts/local/make_venv.sh '$(PYTHON3)' .venv-stack $<

# Inside the stack's environment, but with packages of its own.
.venv-stack/policy/.installed: requirements/policy.lock | .venv-stack/.installed
	@scripts/local/make_venv.sh '$(PYTHON3)' .venv-stack/policy $<

# pywb, which replays crawls in the tests of full size.
.venv-stack/replay/.installed: requirements/replay.lock | .venv-stack/.installed
	@scripts/local/make_venv.sh '$(PYTHON3)' .venv-stack/replay $<

# Chalice's command, with our checks (docs/decisions/0038-one-declaration-per-domain.md).
.venv/.chalice: scripts/wiring/chalice .venv/.installed
	@install -m 755 $< .venv/bin/chalice && touch $@

# The crawler as a command (docs/crawler.md).
.venv/.rookery-crawl: scripts/crawl/rookery-crawl .venv/.installed
	@install -m 755 $< .venv/bin/rookery-crawl && touch $@

# Chalice's files, generated from each app's declaration. The `chalice` command itself writes its --stage.
wired: $(patsubst %/functions.toml,%/.chalice/config.json,$(wildcard apps/*/functions.toml))
	@:

apps/%/.chalice/config.json: apps/%/functions.toml apps/%/app.py $(wildcard scripts/wiring/*.py)
	@$(PYTHON) -m scripts.wiring.write --stage $(STAGE) $* && touch $@

wiring: install ## regenerate Chalice's files for dev, prod and STAGE
	@$(PYTHON) -m scripts.wiring.write --stage $(STAGE)

domain: install ## generate a new, empty domain: make domain NAME=ideas
	@if [ -z "$(NAME)" ]; then echo "usage: make domain NAME=ideas"; exit 1; fi
	@$(PYTHON) -m scripts.mould.make $(NAME)

requirements: install ## regenerate apps/*/requirements.txt from the lock
	@$(PYTHON) -m scripts.wiring.locked

web: web/dist/index.html ## build the web client (needs Node.js 20)
	@:

web/dist/index.html: $(WEB_SOURCES)
	@if ! command -v npm >/dev/null || ! node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)'; \
	then echo "the web client was not built: it needs Node.js 20 or newer with npm"; \
	else echo "building the web client"; \
		cd web && npm ci --no-audit --no-fund --silent && npm run --silent build && touch dist/index.html; fi

run: install ## run the whole platform on this machine (PORT=8000, ROOKERY_STATE=.local, ROOKERY_SEED=0)
	@$(MAKE) --no-print-directory web || echo "the web client could not be built; continuing without it"
	@$(PYTHON) -m scripts.local.run

stop: ## stop what `make run` or `make stack` started
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m scripts.local.run --stop; else echo "nothing is running"; fi

reset: install ## delete all local data (asks first, unless YES=1)
	@$(PYTHON) -m scripts.local.run --reset $(if $(filter 1,$(YES)),--yes)

logs: ## follow the logs of a running platform
	@tail -n 20 -F $(ROOKERY_STATE)/logs/*.log

stack: install ## run the embedded AWS and its resources only, for `chalice local`
	@$(PYTHON) -m scripts.emulator.stack

worker: install ## run one domain's event handlers: make worker DOMAIN=users
	@if [ -z "$(DOMAIN)" ]; then echo "usage: make worker DOMAIN=users"; exit 1; fi
	@$(PYTHON) -m scripts.local.serve $(DOMAIN) --no-http

test: install ## run all tests at small size (under 15 minutes)
	@scripts/checks/test.sh

test-full: install .venv-stack/replay/.installed ## run all tests, including faults and load, at full size
	@SCALE=full scripts/checks/test.sh

lint: install ## check style and layers
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && $(PYTHON) -m scripts.checks.layers

types: install ## check types
	@scripts/checks/types.sh

bench: install ## measure calls, units, CPU and bundles; fail if over budget
	@$(PYTHON) -m scripts.ops.bench

simulate: install ## compare the cost of push, pull and ours on a large network (SCALE=full: 200,000 users)
	@$(PYTHON) -m bench.fanout.simulation

estimate: install ## estimate what crawling costs per month: make estimate PAGES=1000000000 [KEEP=yes|no] [JSON=1]
	@$(PYTHON) -m scripts.estimate.command --pages $(or $(PAGES),1000000000) \
		$(if $(KEEP),--keep $(KEEP)) $(if $(filter 1,$(JSON)),--json)

load: install ## load the local stack with a community of 1,000: posts, deliveries and reads per second (SMALL=1)
	@$(PYTHON) -m bench.fanout.load $(if $(filter 1,$(SMALL)),--small)

package: install ## build the deployment bundles into build/ (DOMAIN=users for one)
	@$(PYTHON) -m scripts.deploy.package --stage $(STAGE) $(DOMAIN)

# $(call deployment,COMMAND): takes STAGE, DOMAIN and YES=1 from the environment.
deployment = $(PYTHON) -m scripts.deploy.command $(1) --stage $(STAGE) \
	$(if $(DOMAIN),--domain $(DOMAIN)) $(if $(filter 1,$(YES)),--yes)

deploy: install ## deploy to AWS: make deploy STAGE=dev [DOMAIN=users] [YES=1]
	@$(call deployment,deploy)

diff: install ## show what `make deploy` would change, without changing anything
	@$(call deployment,diff)

status: install ## show stacks, versions, addresses and dead-letter queues of a deployed stage
	@$(call deployment,status)

destroy: install ## delete a stage's stacks; keep tables, keys and buckets
	@$(call deployment,destroy)

rehearse: install ## run an empty AWS account on this machine in which to try `make deploy` (PORT, ROOKERY_STATE)
	@$(PYTHON) -m scripts.local.rehearsal

provision: install ## deploy the resources only, before `chalice deploy`
	@$(call deployment,provision)

deploy-finish: install ## apply the settings that `chalice deploy` cannot make
	@$(call deployment,finish)

admin: install ## give an account a role: make admin USER=ada [ROLE=moderator] [AWS=1 STAGE=prod]
	@if [ "$(origin USER)" != "command line" ]; then echo "usage: make admin USER=ada"; exit 1; fi
	@$(PYTHON) -m scripts.ops.admin $(USER) --role $(or $(ROLE),admin) $(if $(filter 1,$(AWS)),--aws)

api-key: install ## make an API key of notifications: make api-key NAME=shop [SCOPE=admin] [AWS=1 STAGE=prod]
	@if [ "$(origin NAME)" != "command line" ]; then echo "usage: make api-key NAME=shop"; exit 1; fi
	@$(PYTHON) -m scripts.ops.api_key "$(NAME)" $(if $(SCOPE),--scope $(SCOPE)) $(if $(filter 1,$(AWS)),--aws)

import: install ## import users, tweets, follows, likes, lists: make import FILE=rows.jsonl [PASSWORD=...]
	@if [ -z "$(FILE)" ]; then echo "usage: make import FILE=rows.jsonl"; exit 1; fi
	@$(PYTHON) -m scripts.fixtures.command import $(FILE) $(if $(PASSWORD),--password "$(PASSWORD)") \
		--url http://127.0.0.1:$(PORT)

export-fixtures: install ## export the same form: make export-fixtures FILE=rows.jsonl
	@if [ -z "$(FILE)" ]; then echo "usage: make export-fixtures FILE=rows.jsonl"; exit 1; fi
	@$(PYTHON) -m scripts.fixtures.command export $(FILE)

client-tests: install ## run the own tests of X's clients: make client-tests TWEEPY=<checkout> TWITTER_API_V2=<checkout>
	@TWEEPY="$(TWEEPY)" TWITTER_API_V2="$(TWITTER_API_V2)" \
		$(PYTHON) -m pytest tests/e2e/test_clients_own.py -q -s -rs

tls: install ## let unmodified X clients reach a running platform (HTTPS_PROXY; TLS_PORT=8443)
	@$(PYTHON) -m scripts.gateway.tls_front

rebuild: install ## rebuild a derived table: make rebuild TABLE=tweets-heads [FROM=...] [LAG=60]; names them without TABLE
	@$(PYTHON) -m scripts.ops.rebuild '$(TABLE)' $(if $(FROM),--from $(FROM)) \
		$(if $(LAG),--lag $(LAG)) $(if $(filter 1,$(AWS)),--aws)

repair: install ## rebuild counters from the source data: make repair DOMAIN=users [TABLE=follows] [LAG=60]
	@if [ -z "$(DOMAIN)" ]; then echo "usage: make repair DOMAIN=users"; exit 1; fi
	@$(PYTHON) -m scripts.ops.repair $(DOMAIN) $(if $(TABLE),--table $(TABLE)) \
		$(if $(LAG),--lag $(LAG)) $(if $(filter 1,$(AWS)),--aws)

republish: install ## republish changes since a point in time: make republish DOMAIN=users SINCE=2026-11-26T08:00:00Z
	@if [ -z "$(DOMAIN)" ] || [ -z "$(SINCE)" ]; then \
		echo "usage: make republish DOMAIN=users SINCE=2026-11-26T08:00:00Z"; exit 1; fi
	@$(PYTHON) -m scripts.ops.republish $(DOMAIN) $(SINCE) $(if $(filter 1,$(AWS)),--aws)

seed: install ## add the demo community to a running platform
	@$(PYTHON) -m scripts.demo.seed --url http://127.0.0.1:$(PORT)

query-logs: install ## search archived logs: make query-logs STAGE=prod SINCE=2026-11-25 [MATCH=...] [CHANNEL=email|all]
	@if [ -z "$(SINCE)" ]; then echo "usage: make query-logs STAGE=$(STAGE) SINCE=2026-11-25"; exit 1; fi
	@$(PYTHON) -m scripts.ops.query_logs --stage $(STAGE) --since $(SINCE) $(if $(UNTIL),--until $(UNTIL)) \
		$(if $(GROUP),--group $(GROUP)) $(if $(MATCH),--match '$(MATCH)') \
		$(if $(CHANNEL),--attempts $(if $(filter-out all,$(CHANNEL)),--channel $(CHANNEL)))

clean: ## delete build output, but no data and no environments
	@rm -rf build web/dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find apps shared scripts tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

rotate-keys: install ## rotate the key that signs access tokens: STEP=prepare, switch or retire
	@$(PYTHON) -m scripts.ops.rotate_keys $(STEP)

lock: install ## regenerate the package lock after a change of requirements/dev.in or an app's requirements.in
	@$(PYTHON) -m uv pip compile -q --generate-hashes --no-emit-index-url --no-annotate --universal \
		--python-version 3.11 --custom-compile-command "make lock" \
		-o requirements/dev.lock requirements/dev.in
	@$(MAKE) --no-print-directory requirements

lock-stack: install ## regenerate the embedded AWS's lock after a change of requirements/stack.in
	@$(PYTHON) -m uv pip compile -q --generate-hashes --no-emit-index-url --universal \
		--python-version 3.11 --custom-compile-command "make lock-stack" \
		-o requirements/stack.lock requirements/stack.in

lock-policy: install ## regenerate the policy checks' lock after a change of requirements/policy.in
	@$(PYTHON) -m uv pip compile -q --generate-hashes --no-emit-index-url --universal \
		--python-version 3.11 --custom-compile-command "make lock-policy" \
		-o requirements/policy.lock requirements/policy.in

lock-replay: install ## regenerate the replay's lock after a change of requirements/replay.in
	@$(PYTHON) -m uv pip compile -q --generate-hashes --no-emit-index-url --universal \
		--python-version 3.11 --custom-compile-command "make lock-replay" \
		-o requirements/replay.lock requirements/replay.in
