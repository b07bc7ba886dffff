package web

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jba/templatecheck"

	"veedor/internal/measure/verdict"
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
	for name, page := range map[string]any{"home": homePage{}, "subject": subjectPage{}, "list": listPage{}, "measurement": measurementPage{}, "rules": rulesPage{}, "about": aboutPage{}, "method": methodPage{}, "limits": limitsPage{}, "licences": licencesPage{}, "design": designPage{}, "copy": copyPage{}, "captures": capturesPage{}, "capture": capturePage{},
		"difference": differencePage{}, "log": logPage{}, "leaf": leafPage{}, "dossiers": dossiersPage{}, "dossier": dossierPage{}, "error": errorPage{},
		"entities": entitiesPage{}, "entity": entityPage{}, "entityhistory": entityHistoryPage{}, "entityvalues": entityValuesPage{}, "entitylinks": entityLinksPage{}, "statement": statementPage{}, "dataset": datasetPage{}, "rejected": rejectedPage{}, "watches": watchesPage{}, "watch": watchPage{},
		"signin": signinPage{}, "join": joinPage{}, "kept": keptPage{}, "account": accountPage{}, "codes": codesPage{}, "people": peoplePage{}, "link": linkPage{}, "audit": auditPage{},
		"search": searchPage{}, "changes": changesPage{}, "index": indexPage{},
		"claims": claimsPage{}, "claim": claimPage{}, "claimpart": claimPartPage{}, "status": statusPage{}, "cases": casesPage{}, "case": casePage{}, "casepart": casePartPage{}, "exported": exportedPage{}, "items": itemsPage{}, "item": itemPage{}, "sources": sourcesPage{}, "source": sourcePage{}, "frames": framesPage{}, "frame": framePage{},
		"desk-queue": queuePage{}, "desk-kinds": kindsPage{}, "desk-records": recordsPage{}, "desk-edit": editPage{}, "desk-history": historyPage{}, "desk-conflicts": conflictsPage{}, "desk-claim": workbenchPage{}, "desk-quote": quotingPage{}, "desk-statements": statementsPage{}, "desk-score": scorePage{}, "desk-rubrics": rubricsPage{},
		"desk-lineages": lineagesPage{}, "desk-lineage": lineagePage{}, "desk-merges": mergesPage{}, "desk-publish": publishPage{}, "desk-sealed": sealedPage{}, "desk-intake": intakePage{}, "desk-tables": tablesPage{}} {
		set := mustTemplates(s, "en")
		if err := templatecheck.CheckHTML(set.Lookup(name+".html"), page); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWords: every text exists in every language, in the plural forms that the language has, with the same blanks,
// in its own words, and is used.
func TestWords(t *testing.T) {
	en := mustWords("en")
	for _, lang := range languages[1:] {
		checkTranslation(t, lang, en, mustWords(lang))
	}
	for _, lang := range languages {
		checkFiles(t, lang)
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
		for _, form := range append(forms[:], "") {
			used[m[1]+form] = true
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
	made := regexp.MustCompile(`^(nav|design\.chart|news|index|ask|licences\.kind|exported|join|bench|cause|answer|choice|event|field|group|hint|history|lack|measured|publish|queue|reason|record|edge|label|legend|sentence|state|layer|step\.how|kind|country|network|target|table|col|service|basis|month|error|control|incident|signature|role|action|audit|category|outages|would|cite|alert|quote|claim|capture\.(short|how|agrees)|log\.(kind|stands)|dossier\.holds|topic|feature|tie|mention|decision|change|facet|row|search\.kind|lineage|evidence|claims\.stand|fact|case\.h|item|frame|items\.by|watch\.(kind|means|did|entry)|dataset\.(what|one|status)|entity\.(group|card))\.`)
	for key := range en {
		if !used[key] && !made.MatchString(key) {
			t.Errorf("no page uses %q", key)
		}
	}
}

// blanks returns what a text leaves to be filled in, as "1s" for its first argument, counted as fmt does.
func blanks(text string) []string {
	var out []string
	next := 1
	for _, m := range regexp.MustCompile(`%(%|(?:\[(\d)\])?([a-z]))`).FindAllStringSubmatch(text, -1) {
		if m[1] == "%" {
			out = append(out, "%") // a percent sign, which a language may put elsewhere but not leave out
			continue
		}
		if m[2] != "" {
			next, _ = strconv.Atoi(m[2])
		}
		out = append(out, strconv.Itoa(next)+m[3])
		next++
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// pluralOf returns the key without its plural form, and whether it had one.
func pluralOf(all words, key string) (string, bool) {
	for _, form := range forms {
		if base, ok := strings.CutSuffix(key, form); ok && all[base+".other"] != "" && (form != ".other" || all[base+".one"] != "") {
			return base, true
		}
	}
	return key, false
}

// checkTranslation compares a language with English.
func checkTranslation(t *testing.T, lang string, en, other words) {
	needed := map[string]bool{} // plural forms that the language has for whole numbers
	for n := range int64(1000) {
		needed[form(lang, n)] = true
	}
	want := map[string]string{} // key of the language to the English text whose blanks it must have
	for key, text := range en {
		base, plural := pluralOf(en, key)
		if !plural {
			want[key] = text
			continue
		}
		for form := range needed {
			want[base+form] = cmp.Or(en[base+form], en[base+".other"])
		}
	}
	for key, text := range want {
		got, ok := other[key]
		switch {
		case strings.HasPrefix(key, "join."):
			if !ok {
				t.Errorf("%s lacks %s", lang, key)
			}
			continue
		case got == "":
			t.Errorf("%s lacks %s", lang, key)
			continue
		case !slices.Equal(blanks(text), blanks(got)):
			t.Errorf("%s: other blanks in %s: %q, %q", key, lang, text, got)
		case got == text && !sameAnywhere(key, text):
			t.Errorf("%s is not translated into %s: %q", key, lang, text)
		}
	}
	for key := range other {
		if _, ok := want[key]; !ok && !strings.HasPrefix(key, "rule.") && !strings.HasPrefix(key, "said.") { // English is stored
			t.Errorf("en lacks %s of %s", key, lang)
		}
	}
}

// sameAnywhere says whether a text may be the same in another language: names, signs, codes and words in common.
func sameAnywhere(key, text string) bool {
	letters := regexp.MustCompile(`%(\[\d\])?[a-z]|[^\pL]`).ReplaceAllString(text, "")
	return letters == "" || strings.HasPrefix(key, "service.") || slices.Contains(strings.Fields(sharedWords), letters)
}

// sharedWords are the letters of texts that are the same in two languages.
const sharedWords = `byte bytes Control no Sector UTC`

// checkFiles finds what the reader of JSON would let pass: a key twice in a file, and stray spaces.
func checkFiles(t *testing.T, lang string) {
	list, err := files.ReadDir("i18n/" + lang)
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`^"([A-Za-z0-9_.-]+(?: [^"]*)?)": "(.*)",?$`)
	for _, f := range list {
		seen := map[string]bool{}
		for n, text := range strings.Split(strings.TrimSpace(string(mustRead("i18n/"+lang+"/"+f.Name()))), "\n") {
			if text == "{" || text == "}" {
				continue
			}
			m := line.FindStringSubmatch(text)
			switch {
			case m == nil:
				t.Errorf("%s/%s:%d: not one key and text a line: %s", lang, f.Name(), n+1, text)
			case seen[m[1]]:
				t.Errorf("%s/%s:%d: %s stands twice", lang, f.Name(), n+1, m[1])
			case !strings.HasPrefix(m[1], "join.") && (strings.TrimSpace(m[2]) != m[2] || strings.Contains(m[2], "  ")):
				t.Errorf("%s/%s:%d: stray space in %q", lang, f.Name(), n+1, m[2])
			}
			if m != nil {
				seen[m[1]] = true
			}
		}
	}
}

// TestRulesTranslated: what a rule says, and why, is there in every language. Pages would show the English text, marked as such.
func TestRulesTranslated(t *testing.T) {
	for _, lang := range languages[1:] {
		w := mustWords(lang)
		for _, r := range verdict.Rules() {
			for _, part := range []string{"says", "why"} {
				if key := "rule." + r.ID + "." + part; w[key] == "" {
					t.Errorf("%s has no %s", lang, key)
				}
			}
		}
	}
}
