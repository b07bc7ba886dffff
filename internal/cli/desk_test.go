package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/measure/ingest"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// TestClaimMoves: a claim about two invented networks is unverified, becomes supported when measurements arrive, and
// contested when other rules judge one network's resets otherwise. Each change has its date, its cause and an entry
// for those who follow.
func TestClaimMoves(t *testing.T) {
	data := t.TempDir()
	d, err := desk.Open(t.Context(), data, desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ana := desk.Viewer{Name: "ana", Role: desk.Editor}
	changes := []desk.Change{
		{Kind: desk.Claim, ID: "both", Set: map[string]any{"text": cases.Text{"en": "Two networks restricted the newspaper."}}},
		{Kind: desk.Utterance, ID: "both.u1", Set: map[string]any{"claim": "both", "speaker": "the newspaper (invented)", "date": "2026-04-15", "quote_lack": cases.Text{"en": "said by telephone"}}},
	}
	for i, network := range scenario.MonthRestricted.Networks {
		changes = append(changes, desk.Change{Kind: desk.Evidence, ID: []string{"both.e1", "both.e2"}[i], Set: map[string]any{
			"claim": "both", "type": "finding", "network": network, "target": "diario.example", "from": "2026-04-13", "to": "2026-04-21", "expects": "blocked", "at_least": 5}})
	}
	if _, err := d.Write(t.Context(), ana, "from the invented month", changes...); err != nil {
		t.Fatal(err)
	}
	if err := d.Publish(t.Context(), ana, "checked", true, desk.Claim, "both"); err != nil {
		t.Fatal(err)
	}

	var month bytes.Buffer
	for line := range scenario.Month(1) {
		month.Write(append(line, '\n'))
	}
	file := filepath.Join(t.TempDir(), "month.jsonl")
	if err := os.WriteFile(file, month.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	runMain(t, "--data", data, "ingest", file)
	runMain(t, "--data", data, "ingest", file) // the same measurements do not move it again

	otherRules(t, data, uint32(scenario.MonthRestricted.Networks[1]))
	if out := runMain(t, "--data", data, "desk", "reweigh"); !strings.Contains(out, "claim both: supported → contested (rules)") {
		t.Errorf("reweigh does not tell:\n%s", out)
	}

	feed, err := d.StatusChanges(t.Context(), desk.Public(), time.Time{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, m := range feed {
		got = append(got, m.Standing.Before+" → "+m.Standing.Status+": "+m.Standing.Cause)
		if !m.At.Equal(m.Standing.Since) || i > 0 && !m.At.Before(feed[i-1].At) {
			t.Errorf("dates: %v", feed)
		}
	}
	want := []string{"supported → contested: rules", "unverified → supported: measurements", " → unverified: written"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if why := feed[0].Why; !strings.Contains(why, "both.e2: confirms → refutes") || !strings.Contains(why, "rules test-2") {
		t.Errorf("why: %s", why)
	}
	view, err := d.ClaimView(t.Context(), desk.Public(), "both")
	if err != nil || len(view.History) != 3 || view.Standing.For != 1 || view.Standing.Against != 1 {
		t.Errorf("%+v %v", view, err)
	}
	if problems, err := d.Fsck(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}

// otherRules judges all that was measured again, by a test's set of rules: what one network did is no restriction.
func otherRules(t *testing.T, data string, network uint32) {
	t.Helper()
	h, err := open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.close() }()
	judge := ingest.Rejudge(h.refdata)
	_, err = h.lake.Settle(t.Context(), store.Settling{All: true, Judge: func(dst []verdict.Row, m store.Measurement, controls verdict.Controls) []verdict.Row {
		at := len(dst)
		dst = judge(dst, m, controls)
		for i := range dst[at:] {
			r := &dst[at+i]
			r.RuleSet = "test-2"
			if r.ProbeASN == network && r.State == "blocked" {
				r.State = "ok"
			}
		}
		return dst
	}})
	if err != nil {
		t.Fatal(err)
	}
}
