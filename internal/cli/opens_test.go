package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	xhtml "golang.org/x/net/html"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// opener follows what pages state down to bytes and proofs, by links that stand on them, one click a step.
type opener struct {
	t     *testing.T
	h     http.Handler
	key   note.Verifier
	pages map[string]*xhtml.Node
	done  map[string]bool // by address: it was followed to its end
	count map[string]int  // of what was followed, by kind
}

// openPages serves the pages of a data folder to a test.
func openPages(t *testing.T, data string) *opener {
	t.Helper()
	c := &cobra.Command{}
	c.SetContext(t.Context())
	c.SetErr(t.Output())
	c.Flags().String("data", data, "")
	h, err := open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	site, done := pages(c, h)
	t.Cleanup(func() {
		done()
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	vkey, err := os.ReadFile(filepath.Join(data, "log", "key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(vkey), "\n")
	key, err := note.NewVerifier(first)
	if err != nil {
		t.Fatal(err)
	}
	return &opener{t: t, h: site, key: key, pages: map[string]*xhtml.Node{}, done: map[string]bool{}, count: map[string]int{}}
}

// fetch returns what stands at an address.
func (o *opener) fetch(path string) []byte {
	o.t.Helper()
	path, _, _ = strings.Cut(path, "#")
	w := httptest.NewRecorder()
	o.h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		o.t.Errorf("%s: %d", path, w.Code)
	}
	return w.Body.Bytes()
}

// page returns a page as a tree.
func (o *opener) page(path string) *xhtml.Node {
	o.t.Helper()
	path, _, _ = strings.Cut(path, "#")
	if n := o.pages[path]; n != nil {
		return n
	}
	n, err := xhtml.Parse(bytes.NewReader(o.fetch(path)))
	if err != nil {
		o.t.Fatal(err)
	}
	main := elements(n, func(n *xhtml.Node) bool { return n.Data == "main" })
	if len(main) != 1 {
		o.t.Fatalf("%s is no page", path)
	}
	o.pages[path] = main[0]
	return main[0]
}

// once says whether something is to be followed: nothing is twice.
func (o *opener) once(kind, path string) bool {
	path, _, _ = strings.Cut(path, "#")
	if o.done[path] {
		return false
	}
	o.done[path] = true
	o.count[kind]++
	return true
}

// elements returns the elements of a tree that a condition selects.
func elements(n *xhtml.Node, is func(*xhtml.Node) bool) (out []*xhtml.Node) {
	for c := range n.Descendants() {
		if c.Type == xhtml.ElementNode && is(c) {
			out = append(out, c)
		}
	}
	return out
}

func attributeOf(n *xhtml.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// wording returns the text of a tree.
func wording(n *xhtml.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == xhtml.TextNode {
			b.WriteString(c.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// linksTo returns the addresses that a part of a page links to and that a pattern matches, each once.
func linksTo(n *xhtml.Node, pattern string) []string {
	re := regexp.MustCompile(pattern)
	var out []string
	for _, a := range elements(n, func(n *xhtml.Node) bool { return n.Data == "a" }) {
		if href := attributeOf(a, "href"); re.MatchString(href) && !slices.Contains(out, href) {
			out = append(out, href)
		}
	}
	return out
}

// one returns the first address that a part of a page links to and that a pattern matches; it is an error that there is none.
func (o *opener) one(where string, n *xhtml.Node, pattern string) string {
	o.t.Helper()
	if all := linksTo(n, pattern); len(all) > 0 {
		return all[0]
	}
	o.t.Errorf("%s has no link to %s", where, pattern)
	return ""
}

var hashes = regexp.MustCompile(`\b[0-9a-f]{64}\b`)

// proof checks that a page says where in the log what it rests on stands, and that the proof of it holds: the leaf is of
// these bytes, and is included in a checkpoint that the log signed. It returns the hash.
func (o *opener) proof(where string, n *xhtml.Node, kind, hash string) {
	o.t.Helper()
	for _, leaf := range linksTo(n, `^(/es)?/log/leaf/\d+$`) {
		data := wording(elements(o.page(leaf), func(n *xhtml.Node) bool { return n.Data == "pre" })[0])
		f := strings.Fields(data)
		if len(f) != 4 || f[1] != kind || hash != "" && f[3] != hash {
			continue
		}
		file := o.one(leaf, o.page(leaf), `^/log/proof/\d+\.tlog-proof$`)
		if o.once("proof", file) {
			if err := o.included(o.fetch(file), data+"\n"); err != nil {
				o.t.Errorf("%s: %s: %v", where, file, err)
			}
		}
		return
	}
	o.t.Errorf("%s does not lead to a leaf of the log (%s %s)", where, kind, hash)
}

// included checks a proof of inclusion (C2SP tlog-proof) of a leaf's data.
func (o *opener) included(proof []byte, data string) error {
	head, checkpoint, ok := strings.Cut(string(proof), "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("it is no proof: %.60q", proof)
	}
	n, err := note.Open([]byte(checkpoint), note.VerifierList(o.key))
	if err != nil {
		return fmt.Errorf("the checkpoint: %w", err)
	}
	body := strings.Split(n.Text, "\n")
	size, err := strconv.ParseInt(body[1], 10, 64)
	if err != nil {
		return err
	}
	var root tlog.Hash
	if err := root.UnmarshalJSON([]byte(strconv.Quote(body[2]))); err != nil {
		return err
	}
	index := int64(-1)
	var path tlog.RecordProof
	for _, line := range lines[1:] {
		word, rest, spaced := strings.Cut(line, " ")
		switch {
		case word == "index":
			if index, err = strconv.ParseInt(rest, 10, 64); err != nil {
				return err
			}
		case word == "extra":
			if b, err := base64.StdEncoding.DecodeString(rest); err != nil || string(b) != data {
				return fmt.Errorf("it is of %q, not of %q", b, data)
			}
		case !spaced:
			var h tlog.Hash
			if err := h.UnmarshalJSON([]byte(strconv.Quote(line))); err != nil {
				return err
			}
			path = append(path, h)
		}
	}
	return tlog.CheckRecord(path, size, root, index, tlog.RecordHash([]byte(data)))
}

// bytes checks that what is fetched has a hash that the page states, and returns it.
func (o *opener) bytes(where string, n *xhtml.Node, file string) string {
	o.t.Helper()
	sum := sha256.Sum256(o.fetch(file))
	hash := hex.EncodeToString(sum[:])
	if !slices.Contains(hashes.FindAllString(wording(n), -1), hash) {
		o.t.Errorf("%s: %s has the hash %s, which the page does not state", where, file, hash)
	}
	return hash
}

// cited checks that a page says how it is cited, at an address that is there.
func (o *opener) cited(where string) {
	o.t.Helper()
	n := elements(o.page(where), func(n *xhtml.Node) bool { return n.Data == "section" && attributeOf(n, "aria-labelledby") == "cite" })
	if len(n) != 1 {
		o.t.Errorf("%s does not say how it is cited", where)
		return
	}
	for _, href := range linksTo(n[0], `^/[^?]*(/state/|/status/|/asof/|/dossier/|/cite\.)`) {
		if o.once("citation", href) {
			o.fetch(href)
		}
	}
}

// measurement: → raw bytes, → proof.
func (o *opener) measurement(path string) {
	o.t.Helper()
	if !o.once("measurement", path) {
		return
	}
	n := o.page(path)
	o.proof(path, n, "object", o.bytes(path, n, o.one(path, n, `^/measurement/[^/]+/raw$`)))
	o.cited(path)
}

// finding: a stored question → every row of its answer → measurements. As many rows are there as the answer counts.
func (o *opener) finding(path string) {
	o.t.Helper()
	if !o.once("finding", path) {
		return
	}
	o.cited(path)
	rows, next := 0, path
	var total string
	for next != "" {
		n := o.page(next)
		if total == "" {
			total, _, _ = strings.Cut(wording(elements(n, func(n *xhtml.Node) bool { return attributeOf(n, "class") == "lead" })[0]), " ")
		}
		list := linksTo(n, `^/measurement/[^/]+$`)
		rows += len(list)
		for i, m := range list {
			if i < 2 || i == len(list)-1 {
				o.measurement(m)
			}
		}
		next = ""
		for _, a := range elements(n, func(n *xhtml.Node) bool { return n.Data == "a" && attributeOf(n, "rel") == "next" }) {
			next = attributeOf(a, "href")
		}
	}
	if strings.ReplaceAll(total, ",", "") != strconv.Itoa(rows) {
		o.t.Errorf("%s: %d rows, and the answer counts %s", path, rows, total)
	}
}

// incident: → measurements, and each thing said of it → its state → proof.
func (o *opener) incident(path string) {
	o.t.Helper()
	if !o.once("incident", path) {
		return
	}
	n := o.page(path)
	witnesses := linksTo(n, `^/measurement/[^/]+$`)
	if len(witnesses) == 0 && !strings.Contains(wording(n), "would have been usual") {
		o.t.Errorf("%s rests on no measurement", path)
	}
	for _, m := range witnesses {
		o.measurement(m)
	}
	states := linksTo(n, `^/incident/[^/]+/state/\d+$`)
	if len(states) == 0 {
		o.t.Errorf("%s has no states", path)
	}
	for _, s := range states {
		page := o.page(s)
		o.proof(s, page, "incident", o.stated(s, page))
		o.cited(s)
	}
	o.cited(path)
}

// stated returns the last hash that a page states before it says how it is cited.
func (o *opener) stated(where string, n *xhtml.Node) string {
	o.t.Helper()
	all := hashes.FindAllString(wording(n), -1)
	if len(all) == 0 {
		o.t.Errorf("%s states no hash", where)
		return ""
	}
	return all[len(all)-1]
}

// capture: → the package, where it is shown to anybody → proof.
func (o *opener) capture(path string) {
	o.t.Helper()
	if !o.once("capture", path) {
		return
	}
	n := o.page(path)
	hash := hashes.FindString(path)
	for _, file := range linksTo(n, `^/capture/[0-9a-f]+/[0-9a-f]+\.wacz$`) {
		if o.count["package"]++; o.bytes(path, n, file) != hash {
			o.t.Errorf("%s: the package has another hash", path)
		}
	}
	o.proof(path, n, "capture", hash)
	o.cited(path)
}

// statement: a value of a list → its row, where that may be shown, → the file, → proof.
func (o *opener) statement(path string) {
	o.t.Helper()
	if !o.once("statement", path) {
		return
	}
	n := o.page(path)
	for _, row := range linksTo(n, `/statement/[0-9a-f]+/row$`) {
		o.count["row"]++
		mark := elements(n, func(n *xhtml.Node) bool { return n.Data == "mark" })
		if len(mark) == 0 || !bytes.Contains(o.fetch(row), []byte(mark[0].FirstChild.Data)) {
			o.t.Errorf("%s: the row does not say it", path)
		}
	}
	hash := ""
	if files := linksTo(n, `^/dataset/[^/]+/file/[0-9a-f]{64}$`); len(files) > 0 {
		hash = o.bytes(path, n, files[0])
	} else if !strings.Contains(wording(n), "cannot give this row out") {
		o.t.Errorf("%s does not lead to its file", path)
	}
	o.proof(path, n, "object", hash)
	o.one(path, n, `^/dataset/[^/]+/state/\d+$`)
	o.cited(path)
}

// entity: each value shown → the statement.
func (o *opener) entity(path string) {
	o.t.Helper()
	if !o.once("entity", path) {
		return
	}
	n := o.page(path)
	list := linksTo(n, `^/entity/[^/]+/statement/[0-9a-f]+$`)
	if len(list) == 0 {
		o.t.Errorf("%s has no value that opens", path)
	}
	for _, s := range list {
		o.statement(s)
	}
	for _, table := range elements(n, func(n *xhtml.Node) bool {
		return n.Data == "table" && strings.Contains(attributeOf(n, "class"), "values")
	}) {
		for _, row := range elements(table, func(n *xhtml.Node) bool { return n.Data == "tr" }) {
			if cells := elements(row, func(n *xhtml.Node) bool { return n.Data == "td" }); len(cells) > 0 && len(linksTo(row, `/statement/[0-9a-f]+$`)) == 0 {
				o.t.Errorf("%s: a value without its statement: %s", path, wording(row))
			}
		}
	}
	o.cited(path)
}

// opens follows a link from a piece of evidence, whatever it leads to.
func (o *opener) opens(where, href string) {
	o.t.Helper()
	for pattern, follow := range map[string]func(string){
		`^/claim/[^/]+/finding/`: o.finding, `^/incident/[^/]+$`: o.incident, `^/measurement/[^/]+$`: o.measurement, `^/capture/[0-9a-f]{64}`: o.capture,
		`^/entity/[^/]+/statement/`: o.statement, `^/entity/[^/]+$`: o.entity, `^/item/`: o.item,
	} {
		if regexp.MustCompile(pattern).MatchString(href) {
			follow(href)
			return
		}
	}
	o.fetch(href)
}

// item: a published thing → its captures and their quotes.
func (o *opener) item(path string) {
	o.t.Helper()
	if !o.once("item", path) {
		return
	}
	for _, c := range linksTo(o.page(path), `^/capture/[0-9a-f]{64}`) {
		o.capture(c)
	}
	o.cited(path)
}

// claim: each piece of evidence, and each time somebody said it, opens to what it rests on, or says where it is from.
func (o *opener) claim(path string) {
	o.t.Helper()
	if !o.once("claim", path) {
		return
	}
	n := o.page(path)
	parts := elements(n, func(n *xhtml.Node) bool {
		return n.Data == "div" && attributeOf(n, "class") == "card" || n.Data == "li" && attributeOf(n, "id") != "" && n.Parent != nil && attributeOf(n.Parent, "class") == "events"
	})
	for _, more := range linksTo(n, `^/claim/[^/]+/(evidence|said)(\?|$)`) {
		parts = append(parts, elements(o.page(more), func(n *xhtml.Node) bool { return n.Data == "div" && attributeOf(n, "class") == "card" })...)
	}
	for _, part := range parts {
		o.count["evidence"]++
		links := linksTo(part, `^/`)
		for _, href := range links {
			o.opens(path, href)
		}
		said := wording(part)
		from := strings.Contains(said, "Source:") || strings.Contains(said, "Looked for") || strings.Contains(said, "Looked in") || strings.Contains(said, "derives from") || strings.Contains(said, "It is not in here.") // and says so
		if len(links) == 0 && !from {
			o.t.Errorf("%s: a statement that opens to nothing and says no source: %s", path, said)
		}
		if first, _, _ := strings.Cut(said, " "); first == "measured" && len(linksTo(part, `/finding/`)) == 0 || first == "incident" && len(linksTo(part, `^/incident/`)) == 0 || first == "quote" && len(linksTo(part, `^/capture/`)) == 0 {
			if !strings.Contains(said, "is not here") {
				o.t.Errorf("%s: evidence that does not open: %s", path, said)
			}
		}
	}
	states := linksTo(n, `^/claim/[^/]+/status/\d+$`)
	for _, s := range states {
		if o.once("status", s) {
			o.proof(s, o.page(s), "event", o.stated(s, o.page(s)))
		}
	}
	if len(states) == 0 {
		o.t.Errorf("%s has no state that stays", path)
	}
	o.cited(path)
}

// caseOpens follows a case: from the list of cases to its page, its claims, their evidence, its actors and items.
func (o *opener) caseOpens(id string) {
	o.t.Helper()
	path := o.one("/cases", o.page("/cases"), `^/case/`+regexp.QuoteMeta(id)+`$`)
	n := o.page(path)
	claims := linksTo(n, `^/claim/[^/#?]+$`)
	for _, more := range linksTo(n, `^/claims\?case=`) {
		claims = append(claims, linksTo(o.page(more), `^/claim/[^/#?]+$`)...)
	}
	if len(claims) == 0 {
		o.t.Fatalf("%s has no claims", path)
	}
	for _, c := range claims {
		o.claim(c)
	}
	for _, href := range linksTo(n, `^/(entity|item|capture|incident|measurement)/`) {
		o.opens(path, href)
	}
	for _, more := range linksTo(n, `^/case/[^/]+/[^/.]+$`) { // facts, actors, evidence and the like
		for _, href := range linksTo(o.page(more), `^/(entity|item|capture|incident|measurement|claim)/[^/]+(/(finding|statement)/[^/]+)?$`) {
			if strings.HasPrefix(href, "/claim/") && !strings.Contains(href, "/finding/") {
				o.claim(href)
			} else {
				o.opens(more, href)
			}
		}
	}
	o.cited(path)
}

// answers follows the page of a country, network or target: → measurements, incidents, and from each count to one of them.
func (o *opener) answers(path string) {
	o.t.Helper()
	if !o.once("answer", path) {
		return
	}
	n := o.page(path)
	list := linksTo(n, `^/measurement/[^/]+$`)
	if len(list) == 0 {
		o.t.Errorf("%s leads to no measurement", path)
	}
	for i, m := range list {
		if i < 5 {
			o.measurement(m)
		}
	}
	for _, i := range linksTo(n, `^/incident/[^/]+$`) {
		o.incident(i)
	}
	o.cited(path)
}

// TestEverythingOpens: on a data folder made of the invented month, lists and case, whatever the home page, a case, a
// claim, an incident, an entity or an answer states opens down to bytes and a proof that holds, one click a step.
func TestEverythingOpens(t *testing.T) {
	data := t.TempDir()
	runMain(t, "--data", data, "ingest", "--month")
	for _, list := range []string{"gazette", "press"} {
		runMain(t, "--data", data, "registry", "import", "--format", "ftm", "--dataset", "borduna-"+list, "--date", "2026-05-20", "--licence", "Apache-2.0", "--publisher", "The "+list+" of Borduna (invented)", "../../cases/borduna/registry/"+list+".jsonl")
	}
	runMain(t, "--data", data, "detect")
	runMain(t, "--data", data, "case", "load", "../../cases/borduna", "--publish")
	page := filepath.Join(t.TempDir(), "filtro.html")
	if err := os.WriteFile(page, []byte(`<!doctype html><html lang="es"><title>El filtro</title><body><p>El ministerio compró el filtro en marzo, dice un documento.</p></body></html>`), 0o600); err != nil {
		t.Fatal(err)
	}
	hash := hashes.FindString(runMain(t, "--data", data, "capture", "import", "--how", "made for a test", "--who", "nobody", "--url", "https://faro.example/filtro", page))
	runMain(t, "--data", data, "capture", "publish", "--by", "nobody", "--why", "it is invented", hash)
	quote := regexp.MustCompile(`[0-9a-f]{16}`).FindString(runMain(t, "--data", data, "capture", "quote", "--by", "nobody", hash, "El ministerio compró el filtro"))
	d, err := desk.Open(t.Context(), data, desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write(t.Context(), desk.Viewer{Name: "ana", Role: desk.Editor}, "for a test",
		desk.Change{Kind: desk.Evidence, ID: "test.quote", Set: map[string]any{"claim": "borduna.4-equipment", "type": "quote", "name": quote, "stance": "supports", "reason": cases.Text{"en": "It says so."}}},
		desk.Change{Kind: desk.Item, ID: "borduna.faro", On: desk.Latest, Set: map[string]any{"captures": []string{hash}}}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	runMain(t, "--data", data, "desk", "reweigh")
	runMain(t, "--data", data, "log", "sync")

	o := openPages(t, data)
	o.caseOpens("borduna")
	for _, path := range []string{"/country/XB", "/network/AS64500", "/target/chat.example"} {
		o.answers(path)
	}
	o.entity("/entity/borduna-kestrel")
	for _, i := range linksTo(o.page("/incidents"), `^/incident/[^/]+$`) {
		o.incident(i)
	}
	for _, href := range linksTo(o.page("/"), `^/(claim|incident|measurement|country|entity|capture|item)/[^/]+$`) {
		switch {
		case strings.HasPrefix(href, "/claim/"):
			o.claim(href)
		case strings.HasPrefix(href, "/country/"):
			o.answers(href)
		default:
			o.opens("/", href)
		}
	}
	for kind, least := range map[string]int{"claim": 4, "evidence": 8, "finding": 1, "incident": 1, "measurement": 10, "proof": 15, "statement": 5, "row": 3, "entity": 2, "capture": 1, "package": 1, "item": 1, "status": 4, "answer": 3, "citation": 20} {
		if o.count[kind] < least {
			t.Errorf("only %d followed of kind %s, want %d at least", o.count[kind], kind, least)
		}
	}
	t.Log(o.count)
}
