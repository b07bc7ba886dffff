package wacz

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"veedor/internal/phrase"
)

// TestSentences holds the list of sentences to the texts that the checks give to fault and say.
func TestSentences(t *testing.T) {
	verb, blank := regexp.MustCompile(`%(\.\d+)?[a-zA-Z]`), regexp.MustCompile(`\{\w+\}`)
	listed := map[string]bool{}
	g := &phrase.Grammar{Heads: Sentences()}
	fill := map[string]string{"number": "12", "quoted": `"a, not b"`, "word": "WARC-Concurrent-To", "reason": "it is no UTF-8"}
	for _, f := range g.Heads {
		listed[blank.ReplaceAllString(f.Text(), "…")] = false
		var values []string
		for _, b := range f.Blanks() {
			v, ok := fill[b]
			if !ok {
				v = "a, that"
			}
			values = append(values, v)
		}
		if got := g.Read(f.Say(values...)); len(got) != 1 || got[0].Form != f {
			t.Errorf("%s: %q is read as %v", f.ID, f.Say(values...), got)
		}
	}
	if len(listed) != len(g.Heads)-1 { // "its id … is also that of …" quotes the one and not the other
		t.Errorf("%d sentences, %d different ones", len(g.Heads), len(listed))
	}
	// What has no words of its own, what is worded for one line of several, and what is only noted.
	unlisted := []string{"…", "…: …", "the index has no line for it", "the index has no line for it (… …)"}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") || name == "sentences.go" {
			continue
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == gotoken.STRING {
				text, _ := strconv.Unquote(lit.Value)
				if text = verb.ReplaceAllString(text, "…"); text != "…" {
					if _, ok := listed[text]; ok {
						listed[text] = true
					}
				}
			}
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			var called string
			switch f := call.Fun.(type) {
			case *ast.Ident:
				called = f.Name
			case *ast.SelectorExpr:
				called = f.Sel.Name
			}
			if called != "fault" && called != "say" {
				return true
			}
			for _, arg := range call.Args { // the first text with words in it is the sentence
				lit, ok := arg.(*ast.BasicLit)
				if !ok || lit.Kind != gotoken.STRING || lit.Value == `""` {
					continue
				}
				text, _ := strconv.Unquote(lit.Value)
				text = verb.ReplaceAllString(text, "…")
				if _, ok := listed[text]; !ok && !slices.Contains(unlisted, text) {
					t.Errorf("%s says %q, which is not among the sentences", name, text)
				}
				break
			}
			return true
		})
	}
	for text, used := range listed {
		if !used && text != "the index has no line for it (…)" {
			t.Errorf("nothing says %q", text)
		}
	}
}
