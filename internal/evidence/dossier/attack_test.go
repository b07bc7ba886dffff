package dossier

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"veedor/internal/evidence/wacz"
)

// unpack returns the files of a package.
func unpack(t testing.TB, b []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// repack is what somebody does who holds the key: it packs changed files again and signs them, and makes the hashes in
// the manifest right unless the change says no.
func (c *testContent) repack(t testing.TB, files map[string][]byte, pages []wacz.Page, rehash bool) []byte {
	t.Helper()
	if raw := files[manifestPath]; rehash && raw != nil {
		var m map[string]any
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		if err := d.Decode(&m); err != nil {
			t.Fatal(err)
		}
		for _, f := range m["files"].([]any) {
			f := f.(map[string]any)
			if b, ok := files[f["path"].(string)]; ok {
				f["sha256"], f["bytes"] = hexSum(b), len(b)
			}
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if files[manifestPath], err = canonical(text); err != nil {
			t.Fatal(err)
		}
	}
	var content struct{ Title, Description, MainPageURL string }
	if err := json.Unmarshal(files["datapackage.json"], &content); err != nil {
		t.Fatal(err)
	}
	pack := wacz.Content{Title: content.Title, Description: content.Description, Software: c.Software, Created: c.Created, MainURL: content.MainPageURL, MainAt: c.Created, Pages: pages, Sign: c.sign}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		m := wacz.Member{Path: name, Open: opener(files[name])}
		switch {
		case isWARC(name):
			pack.WARCs = append(pack.WARCs, m)
		case !made(name) || name == manifestPath:
			pack.Files = append(pack.Files, m)
		}
	}
	var out bytes.Buffer
	if _, err := wacz.Pack(t.Context(), &out, pack); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// replace changes one file.
func replace(name, from, to string) func(t *testing.T, c *testContent, files map[string][]byte) {
	return func(t *testing.T, _ *testContent, files map[string][]byte) {
		got := bytes.Replace(files[name], []byte(from), []byte(to), 1)
		if bytes.Equal(got, files[name]) {
			t.Fatalf("%s does not hold %q", name, from)
		}
		files[name] = got
	}
}

// TestAttacks has somebody who holds the key say what must not be said; and somebody who does not.
func TestAttacks(t *testing.T) {
	type change = func(t *testing.T, c *testContent, files map[string][]byte)
	content := func(f func(c *testContent)) change {
		return func(t *testing.T, c *testContent, _ map[string][]byte) { f(c) }
	}
	first := func(files map[string][]byte, prefix string) string {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if strings.HasPrefix(name, prefix) {
				return name
			}
		}
		return ""
	}
	for _, tc := range []struct {
		name   string
		before change // to the content, before it is built
		after  change // to the files, which are packed and signed again
		stale  bool   // the manifest's hashes are left as they were
		class  Class
		says   string
	}{
		{"a page says something else", nil, replace("claims/c1.html", "respaldada", "contradicha"), false, ClassConsistency, "does not say what the data say"},
		{"the index says something else", nil, replace("index.html", "Observatory", "Ministry"), false, ClassConsistency, "does not say"},
		{"the style hides a page", nil, replace("style.css", "*{box-sizing", "*{display:none;box-sizing"), false, ClassConsistency, "style.css"},
		{"a page changed, hashes stale", nil, replace("claims/c1.html", "respaldada", "contradicha"), true, ClassHash, "claims/c1.html"},
		{"an object changed", nil, func(t *testing.T, c *testContent, files map[string][]byte) {
			files[first(files, "dossier/objects/")] = []byte("{}")
		}, false, ClassConsistency, "what calls for it says"},
		{"a capture exchanged for another", nil, func(t *testing.T, c *testContent, files map[string][]byte) {
			files[first(files, "captures/")] = testCapture(t, 7, 10)
		}, false, ClassConsistency, "what calls for it says"},
		{"a file that nobody lists", nil, func(t *testing.T, c *testContent, files map[string][]byte) { files["dossier/extra.txt"] = []byte("x") }, false, ClassPackage, "does not list it"},
		{"a page that nobody lists", nil, func(t *testing.T, c *testContent, files map[string][]byte) {
			files["claims/c3.html"] = []byte("<p>x")
		}, false, ClassPackage, "does not list it"},
		{"a file is missing", nil, func(t *testing.T, c *testContent, files map[string][]byte) { delete(files, "evidence.html") }, false, ClassPackage, "is not there"},
		{"a second web archive", nil, func(t *testing.T, c *testContent, files map[string][]byte) {
			files["archive/other.warc.gz"] = files[warcPath]
		}, false, ClassPackage, "archive/other.warc.gz"},
		{"manifest: not canonical", nil, func(t *testing.T, c *testContent, files map[string][]byte) {
			files[manifestPath] = append(files[manifestPath], '\n')
		}, true, ClassPackage, "canonical"},
		{"manifest: a member twice", nil, replace(manifestPath, `"site":1`, `"site":1,"site":1`), true, ClassPackage, "canonical"},
		{"manifest: a member in capitals", nil, replace(manifestPath, `"site":1`, `"Site":1`), true, ClassPackage, "canonical"},
		{"manifest: an unknown member", nil, replace(manifestPath, `"site":1`, `"site":1,"note":1`), true, ClassPackage, "note"},
		{"manifest: another format", nil, replace(manifestPath, `veedor-dossier/1`, `veedor-dossier/2`), true, ClassPackage, "format"},
		{"manifest: unknown templates", nil, replace(manifestPath, `"site":1`, `"site":99`), true, ClassConsistency, "templates"},
		{"manifest: a list that is null", nil, replace(manifestPath, `"where":["the gazette"]`, `"where":null`), true, ClassPackage, "null instead of a list"},
		{"manifest: a title that hides", nil, replace(manifestPath, `"question":"Who interrupts?"`, `"question":"Who \u0000?"`), true, ClassPackage, "control character"},
		{"status does not follow", nil, replace(manifestPath, `"status":"supported"`, `"status":"contested"`), true, ClassConsistency, "contested, with 2"},
		{"a claim without its evidence", nil, replace(manifestPath, `"ref":"f1"`, `"ref":"f9"`), true, ClassConsistency, `no finding "f9"`},
		{"evidence without claim", nil, replace(manifestPath, `"claim":"c1","id":"e3"`, `"claim":"c9","id":"e3"`), true, ClassConsistency, `no claim "c9"`},
		{"a figure changed in the data only", nil, replace(manifestPath, `"n":300`, `"n":310`), true, ClassConsistency, "does not say what the data say"},
		{"a measurement neither here nor withheld", nil, func(t *testing.T, c *testContent, files map[string][]byte) {
			h := hexSum([]byte("hidden"))
			files[manifestPath] = bytes.Replace(files[manifestPath], []byte(`"measurements":["`+c.Objects[0].SHA256+`","`+h+`"]`), []byte(`"measurements":["`+c.Objects[0].SHA256+`","`+hexSum(nil)+`"]`), 1)
		}, true, ClassConsistency, "neither here nor declared withheld"},
		{"withheld without a reason", nil, func(t *testing.T, c *testContent, files map[string][]byte) {
			replace(manifestPath, `"objects/`+hexSum([]byte("hidden"))+`"`, `"other"`)(t, c, files)
		}, true, ClassConsistency, "does not say why"},
		{"a quote that is not there", content(func(c *testContent) {
			c.Quotes[0].Exact = strings.Replace(c.Quotes[0].Exact, "fue", "era", 1)
		}), nil, false, ClassConsistency, "something else"},
		{"a quote moved by one", content(func(c *testContent) { c.Quotes[0].Start++; c.Quotes[0].End++ }), nil, false, ClassConsistency, "something else"},
		{"a quote beyond the end", content(func(c *testContent) { c.Quotes[0].Start += 10000; c.Quotes[0].End += 10000 }), nil, false, ClassConsistency, "beyond"},
		{"a quote with another prefix", content(func(c *testContent) { c.Quotes[0].Prefix = "no dijo: «" }), nil, false, ClassConsistency, "prefix"},
		{"a quote with another suffix", content(func(c *testContent) { c.Quotes[0].Suffix = " sin" }), nil, false, ClassConsistency, "suffix"},
		{"a quote of another text", content(func(c *testContent) { c.Quotes[0].Text += "x" }), nil, false, ClassConsistency, "holds no text"},
		{"a quote with another text's hash", content(func(c *testContent) { c.Quotes[0].TextSHA256 = hexSum(nil) }), nil, false, ClassConsistency, "stored text has"},
		{"a screenshot of something else", content(func(c *testContent) {
			c.Captures[0].Screenshot, c.Captures[0].OpenScreenshot = hexSum([]byte("x")), opener([]byte("x"))
		}), nil, false, ClassConsistency, "does not hold this screenshot"},
		{"what is withheld is there after all", content(func(c *testContent) {
			c.Objects = append(c.Objects, Object{SHA256: hexSum([]byte("oops")), Bytes: 4, Type: "text/plain", Role: "document", Withheld: true})
			c.Redactions = append(c.Redactions, Redaction{What: "objects/" + hexSum([]byte("oops")), Why: "x", Who: "x", When: frozen, SHA256: hexSum([]byte("oops"))})
			c.RuleSets = append(c.RuleSets, RuleSet{ID: "r2", Name: "x", Version: "x", Text: []byte("oops")})
		}), nil, false, ClassConsistency, "was withheld"},
		{"a capture that is no WACZ", content(func(c *testContent) {
			b := []byte("not a zip")
			c.Captures[0] = Capture{SHA256: hexSum(b), Bytes: int64(len(b)), URL: c.Captures[0].URL, Taken: c.Captures[0].Taken, Open: opener(b)}
			c.Quotes[0].Capture, c.Documents[0].Capture = hexSum(b), hexSum(b)
			c.Log = Log{}
			c.log.leaves = nil
			c.logAll(nil)
		}), nil, false, ClassContainer, "captures/"},
		{"a proof of another leaf", content(func(c *testContent) { c.Log.Proofs[0].Data = c.Log.Proofs[1].Data }), nil, false, ClassProof, "entry"},
		{"a proof with another time", content(func(c *testContent) { c.Log.Proofs[0].At = c.Log.Proofs[0].At.Add(-time.Hour) }), nil, false, ClassProof, "leaf"},
		{"a proof with another time and leaf", content(func(c *testContent) {
			p := &c.Log.Proofs[0]
			p.At = p.At.Add(-time.Hour)
			h, _ := parseHash(p.SHA256)
			l := leaf{p.Kind, p.At.Unix(), h}
			got, _ := parseProof(p.Data)
			_, note, _ := bytes.Cut(p.Data, []byte("\n\n"))
			p.Data = proofText(string(l.data()), int(p.Index), got.hashes, note)
		}), nil, false, ClassProof, "another root"},
		{"a proof of another kind", content(func(c *testContent) {
			p := &c.Log.Proofs[len(c.Log.Proofs)-1]
			p.Kind, p.SHA256 = "object", c.Objects[0].SHA256
			c.Log.Proofs = slices.Delete(c.Log.Proofs, 2, 4)
			c.Log.Proofs = slices.DeleteFunc(c.Log.Proofs, func(x Proof) bool { return x.Kind == "object" && x.SHA256 == p.SHA256 && x.Index != p.Index })
		}), nil, false, ClassProof, "leaf"},
		{"a proof of what is not here", content(func(c *testContent) {
			c.Objects = c.Objects[1:]
			c.Findings[0].Measurements = c.Findings[0].Measurements[1:]
		}), nil, false, ClassPackage, ""},
		{"a checkpoint of another log", content(func(c *testContent) {
			other := newTestLog(len(c.Log.Proofs))
			c.Log.Checkpoint = other.cosigned(len(c.Log.Proofs), frozen.Unix())
		}), nil, false, ClassProof, "another checkpoint"},
		{"a checkpoint whose signature does not hold", content(func(c *testContent) {
			c.Log.Checkpoint = bytes.Replace(c.Log.Checkpoint, []byte("— log.example/veedor "), []byte("— log.example/veedor "), 1)
			n := bytes.LastIndexByte(c.Log.Checkpoint, '=')
			c.Log.Checkpoint = append(bytes.Clone(c.Log.Checkpoint[:n-8]), append([]byte("AAAA"), c.Log.Checkpoint[n-4:]...)...)
		}), nil, false, ClassProof, "does not hold"},
		{"frozen before what it holds was logged", content(func(c *testContent) { c.Created = frozen.Add(-30 * 24 * time.Hour) }), nil, false, ClassTimestamp, "back-dated"},
		{"frozen in the future", content(func(c *testContent) { c.Created = frozen.Add(30 * 24 * time.Hour) }), nil, false, ClassTimestamp, "future"},
		{"captured after it was logged", content(func(c *testContent) { c.Captures[2].Taken = time.Unix(testStart+1000, 0).UTC() }), nil, false, ClassTimestamp, "before it was taken"},
		{"a capture said to be of another page", content(func(c *testContent) { c.Captures[0].URL = "https://other.example/" }), nil, false, ClassConsistency, "it holds no page"},
		{"a capture said to be older", content(func(c *testContent) { c.Captures[0].Taken = c.Captures[0].Taken.AddDate(-1, 0, 0) }), nil, false, ClassConsistency, "it holds no page"},
		{"a capture under another title", content(func(c *testContent) { c.Captures[0].Title = "Minister admits everything" }), nil, false, ClassConsistency, "it holds no page"},
		{"evidence weighed after the dossier was frozen", content(func(c *testContent) { c.Evidence[0].When = frozen.Add(48 * time.Hour) }), nil, false, ClassTimestamp, "e1 is of"},
		{"what is withheld lies in a capture", content(func(c *testContent) {
			h := hexSum([]byte(storedText))
			c.Objects = append(c.Objects, Object{SHA256: h, Bytes: int64(len(storedText)), Type: "text/plain", Role: "document", Withheld: true})
			c.Redactions = append(c.Redactions, Redaction{What: "objects/" + h, Why: "x", Who: "x", When: frozen, SHA256: h})
		}), nil, false, ClassConsistency, "was withheld"},
		{"captured after it was frozen", content(func(c *testContent) { c.Captures[2].Taken = frozen.Add(time.Hour) }), nil, false, ClassTimestamp, "after the dossier claims"},
		{"proofs whose times decrease", content(func(c *testContent) {
			a, b := &c.Log.Proofs[0], &c.Log.Proofs[1]
			a.At, b.At = b.At, a.At
		}), nil, false, ClassProof, "leaf"},
		{"a token that is none", content(func(c *testContent) { c.Log.Tokens = []Token{{Name: "tsa", Data: []byte("0")}} }), nil, false, ClassTimestamp, "read token"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newTestContent(t, 2, 100)
			if tc.before != nil {
				tc.before(t, c, nil)
			}
			var out bytes.Buffer
			if err := Build(t.Context(), &out, &c.Content, c.sign); err != nil {
				if tc.class == ClassPackage && tc.says == "" {
					return // refused when it was built
				}
				t.Fatal(err)
			}
			b := out.Bytes()
			if tc.after != nil {
				files := unpack(t, b)
				tc.after(t, c, files)
				b = c.repack(t, files, sitePages(&c.Content), !tc.stale)
			}
			r := verify(t, b, c.policy(t))
			if r.Exit != tc.class.ExitCode() || !strings.Contains(faultsOf(r), tc.says) {
				t.Errorf("exit %d, want %d for %q\n%s", r.Exit, tc.class.ExitCode(), tc.says, faultsOf(r))
			}
		})
	}
}

func TestUntrusted(t *testing.T) {
	c := newTestContent(t, 1, 10)
	b := c.build(t)
	var unsigned bytes.Buffer
	if err := Build(t.Context(), &unsigned, &c.Content, nil); err != nil {
		t.Fatal(err)
	}
	other := newTestContent(t, 1, 10)
	noLog := newTestContent(t, 1, 10)
	noLog.Log, noLog.key = Log{}, c.key
	stranger := c.policy(t)
	stranger.Log = []string{"log " + newTestKey("stranger.example", algEd25519).vkey(), "quorum none"}
	stamped := c.policy(t)
	stamped.Require = []string{RequireTimestamp}
	for _, tc := range []struct {
		name   string
		b      []byte
		policy *Policy
		says   string
	}{
		{"not signed", unsigned.Bytes(), c.policy(t), "not signed"},
		{"signed by another key", b, other.policy(t), "whom the policy does not trust"},
		{"no log", noLog.build(t), c.policy(t), "there is none"},
		{"another log", b, stranger, "not signed by a log"},
		{"no time-stamp", b, stamped, "time-stamp by an authority"},
		{"a domain that signed nothing", b, &Policy{Domains: []string{"observatory.example"}}, "whom the policy does not trust"},
	} {
		r := verify(t, tc.b, tc.policy)
		if r.Exit != ClassTrust.ExitCode() || !strings.Contains(faultsOf(r), tc.says) {
			t.Errorf("%s: exit %d\n%s", tc.name, r.Exit, faultsOf(r))
		}
	}
	if r := verify(t, b, c.log.policy("w")); r.Exit != ExitOK {
		t.Errorf("a policy of logs only: exit %d\n%s", r.Exit, faultsOf(r))
	}
}

// TestFlips flips bits anywhere in a dossier: all are found.
func TestFlips(t *testing.T) {
	c := newTestContent(t, 2, 300)
	b := c.build(t)
	p := c.policy(t)
	random := rand.New(rand.NewPCG(3, 4))
	for range 150 {
		i, bit := random.IntN(len(b)), byte(1)<<random.IntN(8)
		b[i] ^= bit
		if r := verify(t, b, p); r.Exit == ExitOK {
			t.Errorf("bit %d of byte %d of %d was flipped and not found", bit, i, len(b))
		}
		b[i] ^= bit
	}
	for range 20 {
		if r := verify(t, b[:random.IntN(len(b))], p); r.Exit == ExitOK {
			t.Error("a dossier that was cut is accepted")
		}
	}
}

func TestSidecar(t *testing.T) {
	c := newTestContent(t, 1, 10)
	b := c.build(t)
	h, err := parseHash(hexSum(b))
	if err != nil {
		t.Fatal(err)
	}
	l := leaf{"dossier", frozen.Unix() + 10, h}
	c.log.leaves = append(c.log.leaves, string(l.data()))
	n := len(c.log.leaves)
	var hashes []hash
	for _, x := range c.log.leaves {
		hashes = append(hashes, leafHash([]byte(x)))
	}
	proof := proofText(string(l.data()), n-1, auditPath(n-1, hashes), c.log.cosigned(n, frozen.Unix()+20))
	check := func(b, proof []byte) Report {
		return Verify(t.Context(), bytes.NewReader(b), int64(len(b)), c.policy(t), Options{Proof: proof})
	}
	if r := check(b, proof); r.Exit != ExitOK || !strings.Contains(strings.Join(r.Proved, "\n"), "This very file") {
		t.Errorf("exit %d\n%s", r.Exit, faultsOf(r))
	}
	if r := check(newTestContent(t, 1, 10).build(t), proof); !strings.Contains(faultsOf(r), "this file has") {
		t.Error(faultsOf(r))
	}
	if r := check(b, bytes.Replace(proof, []byte("index "), []byte("index 1"), 1)); r.Exit == ExitOK {
		t.Error("a proof of another entry is accepted")
	}
}

// TestLoose: a file that is no package, such as a raw measurement, beside the proof that a log has it.
func TestLoose(t *testing.T) {
	c := newTestContent(t, 1, 10)
	raw := []byte(`{"a":"measurement"}`)
	h, err := parseHash(hexSum(raw))
	if err != nil {
		t.Fatal(err)
	}
	l := leaf{"object", frozen.Unix() - 10, h}
	c.log.leaves = append(c.log.leaves, string(l.data()))
	n := len(c.log.leaves)
	var hashes []hash
	for _, x := range c.log.leaves {
		hashes = append(hashes, leafHash([]byte(x)))
	}
	proof := proofText(string(l.data()), n-1, auditPath(n-1, hashes), c.log.cosigned(n, frozen.Unix()+20))
	stranger := c.policy(t)
	stranger.Log = []string{"log " + newTestKey("stranger.example", algEd25519).vkey(), "quorum none"}
	for name, k := range map[string]struct {
		file   []byte
		proof  []byte
		policy *Policy
		exit   int
	}{
		"the bytes":         {raw, proof, c.policy(t), ExitOK},
		"nobody is trusted": {raw, proof, nil, ExitUnvouched},
		"other bytes":       {append(bytes.Clone(raw), '\n'), proof, c.policy(t), ClassProof.ExitCode()},
		"another entry":     {raw, bytes.Replace(proof, []byte("index "), []byte("index 1"), 1), c.policy(t), ClassProof.ExitCode()},
		"another log":       {raw, proof, stranger, ClassTrust.ExitCode()},
	} {
		r := Verify(t.Context(), bytes.NewReader(k.file), int64(len(k.file)), k.policy, Options{Proof: k.proof})
		if r.Exit != k.exit || r.Kind != "file" {
			t.Errorf("%s: a %s, exit %d, want %d: %s", name, r.Kind, r.Exit, k.exit, faultsOf(r))
		}
	}
}

func FuzzManifest(f *testing.F) {
	c := newTestContent(f, 1, 10)
	files := unpack(f, c.build(f))
	f.Add(files[manifestPath])
	f.Add([]byte(`{"format":"veedor-dossier/1"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decodeManifest(b)
		if err != nil {
			return
		}
		form := false
		checkContent(&m.Dossier, func(c Class, _, _ string, _ ...any) { form = form || c == ClassPackage })
		if form {
			return
		}
		s, err := newSite(&m.Dossier)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range sitePaths(&m.Dossier) {
			if _, err := s.page(p); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestCanonical(t *testing.T) {
	// The first is the example of RFC 8785, 3.2.2 and 3.2.3.
	for in, want := range map[string]string{
		"{\"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],\n\"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\"literals\": [null, true, false]}": `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		`{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`: "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}",
		`[-0, 0.0, 1e21, 1e20, 123456789012, 1.5e-7]`:                                 `[0,0,1e+21,100000000000000000000,123456789012,1.5e-7]`,
	} {
		got, err := canonical([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("%s %v\nwant %s", got, err, want)
		}
	}
	for _, bad := range []string{"", "{", `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, "1 2", "1e999", strings.Repeat("[", 100) + strings.Repeat("]", 100)} {
		if _, err := canonical([]byte(bad)); err == nil {
			t.Errorf("%q: accepted", bad)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	c := newTestContent(b, 500, 300_000)
	file := c.build(b)
	p := c.policy(b)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		start := time.Now()
		if r := verify(b, file, p); r.Exit != ExitOK {
			b.Fatal(faultsOf(r))
		}
		b.ReportMetric(time.Since(start).Seconds(), "s/dossier")
	}
}
