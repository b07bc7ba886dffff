# What a newcomer needs: make run, make test. The rest is for those who work on it.
LISTEN ?= 127.0.0.1:8080
VEEDOR_DATA ?= data
DIR ?= ../shared/data/ooni/scenarios
TRUTH ?= ../shared/data/ooni/scenarios.truth.tsv
FILE ?= ../shared/data/claims/claim_lineage.jsonl
OONI ?= ../shared/data/ooni
DATA ?= ../shared/data
CASE_DATA ?= .cache/case-real
SHAPES ?= $(wildcard ../shared/data/ooni/raw_reports ../shared/data/ooni/scenarios)
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
VEGETA := github.com/tsenart/vegeta/v12@v12.13.0
comma := ,
export VEEDOR_DATA

.PHONY: case-real run sample-registry sample-case build cc browser test check golden bench false-bench poison-bench detect-bench match-bench registry-bench year-bench quote-bench log-bench search-bench publish-bench verify-bench weight bench-site conformance screens truth fit compare help

run: build ## build, read the sample and the two cases into an empty data folder, serve the pages
	@if [ ! -e "$(VEEDOR_DATA)/archive" ]; then bin/veedor ingest --sample && $(MAKE) --no-print-directory sample-registry sample-case; fi
	@exec bin/veedor serve --listen $(LISTEN)

# Two invented lists about the invented country, which contradict each other as real ones do.
sample-registry:
	@for list in gazette press; do bin/veedor registry import --format ftm --dataset borduna-$$list --date 2026-05-20 --licence Apache-2.0 \
		--title "What the $$list of Borduna says (invented)" --publisher "The $$list of Borduna (invented)" cases/borduna/registry/$$list.jsonl || exit 1; done

# The founding case, and beside it the invented month with the invented case about it, weighed and published.
sample-case:
	@bin/veedor ingest --month && bin/veedor detect && bin/veedor case load cases/borduna --publish && bin/veedor case load cases/venezuela-filtering --publish

build: cc
	@go build -trimpath -ldflags '-s -w -X veedor/internal/cli.Version=$(VERSION)' -o bin/veedor ./cmd/veedor

# The query engine is linked by cgo, which needs a C++ compiler's libraries.
cc:
	@command -v g++ >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq g++; \
		else echo "veedor needs a C++ compiler to link its query engine: install g++ (Debian: apt-get install g++)" >&2; exit 1; fi; }

# Pages are captured with Chromium. Without it everything else works, and the tests that need it say that they are left out.
browser:
	@command -v $${VEEDOR_CHROMIUM:-chromium} >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq chromium poppler-utils >/dev/null; \
		else echo "chromium is not here: what needs it is left out (Debian: apt-get install chromium poppler-utils)" >&2; fi; }

test: cc browser ## all tests; no network
	go test -timeout 30m ./...

check: cc ## formatting, vet, staticcheck, govulncheck
	@test -z "$$(gofmt -l .)" || { echo "not formatted:"; gofmt -l .; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	@out=$$(go run $(GOVULNCHECK) ./... 2>&1); code=$$?; \
	if [ $$code -ne 0 ] && echo "$$out" | grep -qE 'vuln.go.dev.*(dial|lookup|refused|timeout|no such host|EOF|proxyconnect|Forbidden|403)'; then \
		echo "govulncheck: its database at vuln.go.dev cannot be reached from here: not checked"; \
	else echo "$$out"; exit $$code; fi

golden: ## write the golden pages and docs/format/rules.md anew
	VEEDOR_GOLDEN=1 go test -run TestDocument ./internal/measure/verdict
	VEEDOR_GOLDEN=1 go test -run TestGolden ./internal/web

bench: build ## how fast measurements are taken in: four files at once, then one
	@bin/veedor bench --files 4 $(addprefix --shapes ,$(SHAPES))
	@bin/veedor bench $(addprefix --shapes ,$(SHAPES))

false-bench: build ## false accusations among honest measurements that look like blocking
	@bin/veedor false-bench $(addprefix --shapes ,$(SHAPES))

poison-bench: build ## how many forged measurements change honest ones' verdicts
	@bin/veedor poison-bench

detect-bench: build ## a generated year with 200 planted events among 50,000 series, beside pipeline v5's detector
	@bin/veedor detect-bench

match-bench: build ## names matched on a generated labelled set, among 100,000 entities (FULL=1: and 3 million), and on real aliases where they are at hand (PLOT=file.svg draws)
	@bin/veedor match-bench --entities 100000$(if $(FULL),$(comma)3000000) $(if $(wildcard ../shared/data/sanctions),--real ../shared/data/sanctions) $(if $(PLOT),--plot $(PLOT))

registry-bench: build ## generated entities imported, killed and resumed, again, a second state (ENTITIES=): entities a second, memory, size, search
	@bin/veedor registry-bench --entities $(or $(ENTITIES),20000)

lineage-bench: build ## which texts derive from which: on 10,000 made texts (FULL=1: 100,000), then on a file of claims beside its roles (FILE=)
	@bin/veedor lineage-bench --items $(if $(FULL),100000,10000)
	@if [ -e "$(FILE)" ]; then bin/veedor lineage-bench "$(FILE)"; else echo "$(FILE) is not there; name a file of claims: make lineage-bench FILE=…" >&2; exit 1; fi

case-real: build ## the founding case worked through with the lists, tables and texts it is about, where they are at hand (DATA=, CASE_DATA=)
	@if [ -d "$(DATA)" ]; then bin/veedor --data "$(CASE_DATA)" case real "$(DATA)" cases/venezuela-filtering; else echo "$(DATA) is not there: nothing to work through the founding case with; name a folder: make case-real DATA=…" >&2; exit 1; fi

year-bench: cc ## a year of cells of 50,000 series, read out of day files and looked through: seconds, memory
	@go test -run '^$$' -bench Year -benchtime 1x ./internal/measure/store/lake

quote-bench: build ## a thousand generated re-captures with edits: quotes found again, and none in the wrong place
	@bin/veedor quote-bench

search-bench: build ## 100,000 items in four languages, 500 queries: what was planted is found, and how fast
	@bin/veedor search-bench

weight: build browser ## every kind of page as a browser loads it: bytes, requests, and the first page over a slow link
	@if [ -e "$(VEEDOR_DATA)/archive" ]; then bin/veedor weight; else \
		d=$$(mktemp -d) && trap 'rm -rf "$$d"' EXIT && export VEEDOR_DATA="$$d" && bin/veedor ingest --sample && $(MAKE) --no-print-directory VEEDOR_DATA="$$d" sample-registry sample-case && bin/veedor weight; fi

# Vegeta is a program of its own, so that what it takes is not counted as the server's.
bench-site: build ## pages a second, made and kept, from a store of 10 million observations (OBSERVATIONS=) that is made once in .cache/site-bench
	@command -v .cache/bin/vegeta >/dev/null || GOBIN="$(CURDIR)/.cache/bin" go install $(VEGETA)
	@export VEEDOR_DATA=.cache/site-bench; \
	if [ ! -e "$$VEEDOR_DATA/archive" ]; then bin/veedor ingest --sample && $(MAKE) --no-print-directory VEEDOR_DATA="$$VEEDOR_DATA" sample-registry sample-case; fi && \
	bin/veedor site-bench --vegeta .cache/bin/vegeta $(if $(OBSERVATIONS),--observations $(OBSERVATIONS))

log-bench: build ## a log of a million leaves: leaves a second, milliseconds a proof
	@bin/veedor log-bench

publish-bench: build ## the site as files: what the writing costs for 10,000 pages, then an invented month (20,000 pages and more), written, made again, after the sample came on top, checked
	@VEEDOR_PUBLISH_BENCH=1 go test -count=1 -v -run TestTenThousand ./internal/mirror | grep -v '^='
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && export VEEDOR_DATA="$$dir/data" && bin/veedor ingest --month && bin/veedor detect && bin/veedor page / >/dev/null && \
		first=$$(bin/veedor publish --to "$$dir/mirror") && again=$$(bin/veedor publish --to "$$dir/mirror" --anew) && \
		bin/veedor ingest --sample && more=$$(bin/veedor publish --to "$$dir/mirror") && check=$$(bin/veedor publish --check "$$dir/mirror") && \
		printf 'first: %s\nall made again: %s\nafter the sample came on top: %s\n%s\n' "$$first" "$$again" "$$more" "$$check" && \
		case "$$again" in *'; 0 new or changed, 0 removed;'*) ;; *) echo "the second run wrote what had not changed" >&2; exit 1;; esac

verify-bench: build ## packages, dossiers and logs with one thing wrong, and with nothing wrong: what veedor verify says
	@bin/veedor verify-bench

conformance: SHELL := /bin/bash
conformance: .SHELLFLAGS := -o pipefail -c
conformance: cc browser ## our files beside public validators, indexers and players (needs npm and python3, and fetches them)
	VEEDOR_CONFORMANCE=1 VEEDOR_CACHE="$${VEEDOR_CACHE:-$(CURDIR)/.cache}" go test -count=1 -v -p 1 -timeout 40m -run 'Conform|Replay' ./internal/evidence/... ./internal/follow/api ./internal/follow/ftm ./internal/follow/match/... ./internal/weigh/... ./internal/cli | grep -vE '^(=== |ok .*no tests to run|\?)'

screens: cc browser ## pictures of every kind of page, narrow and wide, light and dark, below .cache/screens (LANGUAGE=es)
	@VEEDOR_SCREENS="$(CURDIR)/.cache/screens$(if $(LANGUAGE),-$(LANGUAGE))" VEEDOR_SCREENS_LANG="$(LANGUAGE)" go test -count=1 -timeout 40m -run '^TestScreens$$' ./internal/cli && echo "open $(CURDIR)/.cache/screens$(if $(LANGUAGE),-$(LANGUAGE))/index.html"

fit: build ## count on labelled measurements what the likelihood ratios rest on (DIR=, TRUTH=)
	@bin/veedor fit "$(DIR)" "$(TRUTH)" > internal/measure/verdict/fitted.tsv.new && mv internal/measure/verdict/fitted.tsv.new internal/measure/verdict/fitted.tsv
	@$(MAKE) --no-print-directory golden

truth: build ## verdicts against what was really done to the networks (DIR=, TRUTH=)
	@test -d "$(DIR)" || { echo "$(DIR) is not there; name a folder of measurements and its table: make truth DIR=… TRUTH=…" >&2; exit 1; }
	@bin/veedor truth "$(DIR)" "$(TRUTH)"

compare: build ## our verdicts beside OONI's, on tables that OONI published (OONI=)
	@test -d "$(OONI)" || { echo "$(OONI) is not there; name a folder of OONI's tables: make compare OONI=…" >&2; exit 1; }
	@bin/veedor compare observations "$(OONI)"/2023-KE-web_connectivity-telegram.org.csv.gz "$(OONI)"/2023-KE-telegram.csv.gz
	@bin/veedor compare summaries "$(OONI)"/fastpath_2024-01-01_999rows.csv

help:
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'
