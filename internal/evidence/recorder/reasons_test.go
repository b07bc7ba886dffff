package recorder

import (
	"bytes"
	"net/netip"
	"os"
	"testing"

	"veedor/internal/phrase"
)

// TestReasons: each reason is told from all others, and Reasons leaves none out.
func TestReasons(t *testing.T) {
	g := &phrase.Grammar{Heads: Reasons()}
	fill := map[string]string{"number": "12", "word": "https://a.example/?q=is", "address": "192.0.2.1", "text": `"a is b"`, "error": "x509: no (no)", "reason": "192.0.2.1 is a private address"}
	ids := map[string]bool{}
	for _, f := range g.Heads {
		var values []string
		for _, b := range f.Blanks() {
			values = append(values, fill[b])
		}
		if got := g.Read(f.Say(values...)); len(got) != 1 || got[0].Form != f || ids[f.ID] {
			t.Errorf("%s: %q is read as %v, or is there twice", f.ID, f.Say(values...), got)
		}
		ids[f.ID] = true
	}
	src, err := os.ReadFile("reasons.go")
	if err != nil {
		t.Fatal(err)
	}
	if made := bytes.Count(src, []byte("phrase.New(")); made != len(g.Heads) {
		t.Errorf("%d reasons are made and %d are listed", made, len(g.Heads))
	}
	for _, list := range [][]kindRange{ranges4(), ranges6()} {
		for _, r := range list {
			ip := netip.MustParsePrefix(r.prefix).Addr()
			if err := (&guard{}).ip(ip, 443); err == nil || err.Error() != ip.String()+" is "+r.kind {
				t.Errorf("%s: %v", ip, err)
			}
		}
	}
}
