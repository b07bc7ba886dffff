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
		"internal/evidence/capture", "internal/evidence/quote", "internal/evidence/tlog", "internal/weigh/accounts", "internal/weigh/cases", "internal/weigh/desk", "internal/weigh/edition", "internal/weigh/formats", "internal/weigh/intake", "internal/weigh/lineage", "internal/weigh/search",
		"internal/follow/ftm", "internal/follow/lists", "internal/follow/match", "internal/follow/registry", "internal/phrase", "internal/web/chart"},
	"internal/web/chart":                 {},
	"internal/alerts":                    {},
	"internal/phrase":                    {},
	"internal/mirror":                    {},
	"internal/evidence/archive":          {},
	"internal/evidence/journal":          {},
	"internal/evidence/tlog":             {},
	"internal/evidence/wacz":             {"internal/phrase"},
	"internal/evidence/recorder":         {"internal/evidence/wacz", "internal/phrase"},
	"internal/evidence/quote":            {},
	"internal/evidence/capture":          {"internal/evidence/journal", "internal/evidence/quote", "internal/evidence/recorder", "internal/evidence/wacz", "internal/phrase"},
	"internal/evidence/dossier":          {"internal/evidence/wacz"},
	"internal/evidence/fault":            {"internal/evidence/dossier", "internal/evidence/wacz"},
	"internal/follow/ftm":                {"internal/phrase"},
	"internal/follow/lists":              {"internal/follow/ftm", "internal/phrase"},
	"internal/follow/match":              {"internal/follow/ftm"},
	"internal/follow/match/pairs":        {},
	"internal/follow/registry":           {"internal/evidence/journal", "internal/follow/ftm", "internal/follow/match"},
	"internal/follow/api":                {"internal/follow/ftm", "internal/follow/match", "internal/follow/registry"},
	"internal/weigh/accounts":            {"internal/evidence/journal"},
	"internal/weigh/cases":               {},
	"internal/weigh/desk":                {"internal/evidence/journal", "internal/weigh/cases", "internal/weigh/lineage"},
	"internal/weigh/cmo":                 {"internal/weigh/cases", "internal/weigh/desk"},
	"internal/weigh/formats":             {"internal/weigh/cases", "internal/weigh/desk"},
	"internal/weigh/intake":              {"internal/evidence/recorder", "internal/evidence/wacz", "internal/weigh/cases", "internal/weigh/desk", "internal/weigh/lineage"},
	"internal/weigh/lineage":             {},
	"internal/weigh/lineage/made":        {"internal/weigh/lineage"},
	"internal/weigh/search":              {},
	"internal/weigh/edition":             {"internal/evidence/capture", "internal/evidence/dossier", "internal/evidence/journal", "internal/weigh/cases"},
	"internal/measure/bucket":            {"internal/evidence/journal"},
	"internal/measure/bucket/buckettest": {},
	"internal/measure/ooni":              {},
	"internal/measure/refdata":           {},
	"internal/measure/obs":               {"internal/measure/ooni", "internal/measure/refdata"},
	"internal/measure/verdict":           {"internal/measure/obs", "internal/measure/refdata", "internal/phrase"},
	"internal/measure/control":           {"internal/measure/obs", "internal/measure/verdict"},
	"internal/measure/series":            {"internal/measure/verdict"},
	"internal/measure/incidents":         {"internal/evidence/journal", "internal/measure/outage", "internal/measure/series", "internal/measure/verdict"},
	"internal/measure/compare":           {"internal/measure/obs", "internal/measure/refdata", "internal/measure/verdict"},
	"internal/measure/outage":            {},
	"internal/measure/scenario":          {"internal/measure/verdict"},
	"internal/measure/store":             {"internal/measure/obs", "internal/measure/verdict"},
	"internal/measure/store/storetest":   {"internal/measure/store", "internal/measure/control", "internal/measure/obs", "internal/measure/verdict"},
	"internal/measure/store/lake":        {"internal/measure/store", "internal/measure/control", "internal/measure/obs", "internal/measure/verdict"},
	"internal/measure/ingest": {"internal/evidence/archive", "internal/measure/ooni", "internal/measure/obs", "internal/measure/verdict",
		"internal/measure/refdata", "internal/measure/store"},
}

// pure rooms open no file, socket or clock.
var pure = []string{"internal/measure/ooni", "internal/measure/obs", "internal/measure/verdict", "internal/measure/control", "internal/measure/series", "internal/measure/outage", "internal/evidence/quote", "internal/weigh/cases", "internal/weigh/lineage", "internal/weigh/lineage/made", "internal/follow/ftm", "internal/follow/match", "internal/phrase", "internal/web/chart"}

// room is one package of ours.
type room struct {
	files   []*ast.File
	imports map[string]bool // of its files that are no tests
	doc     bool
}

func rooms(t *testing.T) map[string]*room {
	t.Helper()
	out := map[string]*room{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata" || d.Name() == "data") {
			return fs.SkipDir
		}
		dir := path.Dir(filepath.ToSlash(file))
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") || dir == "." {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		r := out[dir]
		if r == nil {
			r = &room{imports: map[string]bool{}}
			out[dir] = r
		}
		r.files = append(r.files, f)
		r.doc = r.doc || f.Doc != nil
		for _, i := range f.Imports {
			r.imports[strings.Trim(i.Path.Value, `"`)] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestImports(t *testing.T) {
	all := rooms(t)
	for dir, r := range all {
		may, known := mayImport[dir]
		if !known {
			t.Errorf("%s is not in the table of rooms: a new room is a decision", dir)
			continue
		}
		if !r.doc {
			t.Errorf("%s has no package comment", dir)
		}
		for i := range r.imports {
			ours, ok := strings.CutPrefix(i, "veedor/")
			if ok && !slices.Contains(may, ours) && !slices.Contains(may, "*") {
				t.Errorf("%s must not import %s", dir, ours)
			}
			if strings.Contains(i, "duckdb") && dir != "internal/measure/store/lake" {
				t.Errorf("%s imports DuckDB; only the lake does", dir)
			}
			if i == "C" {
				t.Errorf("%s uses cgo", dir)
			}
			if ours == "internal/measure/store/lake" && dir != "internal/cli" {
				t.Errorf("%s links the lake, and DuckDB with it; only cli does", dir)
			}
		}
	}
	for dir := range mayImport {
		if all[dir] == nil {
			t.Errorf("%s is in the table of rooms and does not exist", dir)
		}
	}
	// Counted from cli: cmd/veedor is ten lines that call it (docs/design/0006).
	if n := deepest(all, "internal/cli"); n > 7 {
		t.Errorf("imports are %d deep, the limit is 7", n)
	}
}

// deepest returns the length of the longest chain of imports among our rooms.
func deepest(all map[string]*room, dir string) int {
	most := 0
	for i := range all[dir].imports {
		if ours, ok := strings.CutPrefix(i, "veedor/"); ok && all[ours] != nil {
			most = max(most, deepest(all, ours))
		}
	}
	return 1 + most
}

func TestPureRooms(t *testing.T) {
	all := rooms(t)
	for _, dir := range pure {
		for i := range all[dir].imports {
			if i == "os" || i == "net" || i == "net/http" || strings.HasPrefix(i, "os/") || i == "log/slog" || i == "math/rand" || i == "math/rand/v2" {
				t.Errorf("%s is pure and imports %s", dir, i)
			}
		}
	}
	for dir, r := range all {
		for _, f := range r.files {
			ast.Inspect(f, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains(pure, dir) {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && (s.Sel.Name == "Now" || s.Sel.Name == "Since" || s.Sel.Name == "Sleep") {
						t.Errorf("%s is pure and reads the clock", dir)
					}
				}
				if fn, ok := n.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					t.Errorf("%s has an init function", dir)
				}
				return true
			})
		}
	}
}

func TestArchitecture(t *testing.T) {
	b, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), "\n"); n > 300 {
		t.Errorf("ARCHITECTURE.md has %d lines, the limit is 300", n)
	}
	for dir := range mayImport {
		if !strings.Contains(string(b), "`"+dir+"`") {
			t.Errorf("ARCHITECTURE.md does not name %s", dir)
		}
	}
}
