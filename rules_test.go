// Package veedor_test holds the rules of the house: who may import whom, what is documented, what is pure.
package veedor_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport lists every room and the rooms of ours it may import, outside tests.
var mayImport = map[string][]string{
	"cmd/veedor":   {"internal/cli"},
	"internal/cli": {"*"},
	"internal/web": {"internal/measure/store", "internal/measure/verdict", "internal/measure/obs", "internal/measure/series", "internal/measure/incidents", "internal/measure/outage",
		"internal/evidence/capture", "internal/evidence/quote", "internal/evidence/tlog", "internal/weigh/accounts", "internal/weigh/cases", "internal/weigh/desk", "internal/weigh/edition", "internal/weigh/lineage", "internal/weigh/search",
		"internal/follow/ftm", "internal/follow/match", "internal/follow/registry"},
	"internal/evidence/archive":        {},
	"internal/evidence/journal":        {},
	"internal/evidence/tlog":           {},
	"internal/evidence/wacz":           {},
	"internal/evidence/recorder":       {"internal/evidence/wacz"},
	"internal/evidence/quote":          {},
	"internal/evidence/capture":        {"internal/evidence/journal", "internal/evidence/quote", "internal/evidence/recorder", "internal/evidence/wacz"},
	"internal/evidence/dossier":        {"internal/evidence/wacz"},
	"internal/evidence/fault":          {"internal/evidence/dossier", "internal/evidence/wacz"},
	"internal/follow/ftm":              {},
	"internal/follow/lists":            {"internal/follow/ftm"},
	"internal/follow/match":            {"internal/follow/ftm"},
	"internal/follow/match/pairs":      {},
	"internal/follow/registry":         {"internal/evidence/journal", "internal/follow/ftm", "internal/follow/match"},
	"internal/follow/api":              {"internal/follow/ftm", "internal/follow/match", "internal/follow/registry"},
	"internal/weigh/accounts":          {"internal/evidence/journal"},
	"internal/weigh/cases":             {},
	"internal/weigh/desk":              {"internal/evidence/journal", "internal/weigh/cases", "internal/weigh/lineage"},
	"internal/weigh/lineage":           {},
	"internal/weigh/lineage/made":      {"internal/weigh/lineage"},
