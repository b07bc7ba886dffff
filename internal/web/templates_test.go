package web

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jba/templatecheck"
)

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{words: map[string]words{}}
	for _, lang := range languages {
		s.words[lang] = mustWords(lang)
	}
	return s
}

// TestTemplates checks every page's template against the struct it is given.
func TestTemplates(t *testing.T) {
	s := newSite(t)
	New(Config{Facts: func() Facts { return nil }}) // parses them all
	for name, page := range map[string]any{"home": homePage{}, "subject": subjectPage{}, "list": listPage{}, "measurement": measurementPage{}, "rules": rulesPage{}, "about": aboutPage{}, "captures": capturesPage{}, "capture": capturePage{},
		"difference": differencePage{}, "log": logPage{}, "leaf": leafPage{}, "dossiers": dossiersPage{}, "dossier": dossierPage{}, "error": errorPage{},
		"entities": entitiesPage{}, "entity": entityPage{}, "entityhistory": entityHistoryPage{}, "entityvalues": entityValuesPage{}, "entitylinks": entityLinksPage{}, "statement": statementPage{}, "dataset": datasetPage{}, "rejected": rejectedPage{}, "watches": watchesPage{}, "watch": watchPage{},
		"signin": signinPage{}, "join": joinPage{}, "kept": keptPage{}, "account": accountPage{}, "codes": codesPage{}, "people": peoplePage{}, "link": linkPage{}, "audit": auditPage{},
		"search": searchPage{},
		"claims": claimsPage{}, "claim": claimPage{}, "claimpart": claimPartPage{}, "status": statusPage{}, "cases": casesPage{}, "case": casePage{}, "casepart": casePartPage{}, "items": itemsPage{}, "item": itemPage{}, "sources": sourcesPage{}, "source": sourcePage{}, "frames": framesPage{}, "frame": framePage{},
		"desk-queue": queuePage{}, "desk-kinds": kindsPage{}, "desk-records": recordsPage{}, "desk-edit": editPage{}, "desk-history": historyPage{}, "desk-conflicts": conflictsPage{}, "desk-claim": workbenchPage{}, "desk-quote": quotingPage{}, "desk-statements": statementsPage{}, "desk-score": scorePage{}, "desk-rubrics": rubricsPage{},
		"desk-lineages": lineagesPage{}, "desk-lineage": lineagePage{}, "desk-merges": mergesPage{}, "desk-publish": publishPage{}, "desk-sealed": sealedPage{}, "desk-intake": intakePage{}, "desk-tables": tablesPage{}} {
		set := mustTemplates(s, "en")
		if err := templatecheck.CheckHTML(set.Lookup(name+".html"), page); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWords: every text exists in every language, with the same blanks, and is used.
func TestWords(t *testing.T) {
	en, es := mustWords("en"), mustWords("es")
	blanks := regexp.MustCompile(`%(\[\d\])?[sd]`)
	for key, text := range en {
		other, ok := es[key]
		if !ok || other == "" {
			t.Errorf("es lacks %s", key)
		}
		if len(blanks.FindAllString(text, -1)) != len(blanks.FindAllString(other, -1)) {
			t.Errorf("%s: other blanks in es", key)
		}
	}
	for key := range es {
		if _, ok := en[key]; !ok && !strings.HasPrefix(key, "rule.") {
			t.Errorf("en lacks %s", key)
		}
	}
	var source strings.Builder
	list, err := files.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		source.Write(mustRead("templates/" + f.Name()))
	}
	code, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range code {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(b)
	}
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`"([a-z]+\.[a-z0-9.]+)"`).FindAllStringSubmatch(source.String(), -1) {
		for _, key := range []string{m[1], m[1] + ".one", m[1] + ".other"} {
			used[key] = true
		}
	}
	for _, m := range regexp.MustCompile(`\b(tn?) "([^"]+)"`).FindAllStringSubmatch(source.String(), -1) {
		key := m[2]
		if m[1] == "tn" {
			key += ".other"
		}
		if _, ok := en[key]; !ok {
			t.Errorf("a template uses %q, which is not among the words", key)
		}
	}
	// Keys that are put together: of labels, states, layers, services and the like.
	made := regexp.MustCompile(`^(bench|cause|answer|choice|event|field|group|hint|history|lack|measured|publish|queue|reason|record|edge|label|legend|sentence|state|layer|step\.how|kind|country|network|target|table|col|service|basis|month|error|control|incident|signature|role|action|audit|category|outages|alert|quote|claim|capture\.(short|how|agrees)|log\.(kind|stands)|dossier\.holds|topic|feature|tie|mention|decision|change|facet|row|search\.kind|lineage|evidence|claims\.stand|fact|case\.h|item|frame|items\.by|watch\.(kind|means|did|entry)|dataset\.(what|one|status)|entity\.(group|card))\.`)
	for key := range en {
		if !used[key] && !made.MatchString(key) {
			t.Errorf("no page uses %q", key)
		}
	}
}
