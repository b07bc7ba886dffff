package desk

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/weigh/cases"
)

// world answers as it is told to.
type world struct {
	measured Measured
	quote    string
	current  bool
	none     bool
	meddle   func() // while the measurements are asked
}

func (w *world) Ask(context.Context, cases.Finding) (Measured, error) {
	if w.meddle != nil {
		w.meddle()
	}
	return w.measured, nil
}
func (w *world) One(context.Context, string) (string, string, error) { return "blocked", "r1", w.err() }
func (w *world) Incident(context.Context, string) (string, error)    { return "withdrawn", w.err() }
func (w *world) Quote(context.Context, string) (string, error)       { return w.quote, w.err() }
func (w *world) Capture(context.Context, string) error               { return w.err() }
func (w *world) Says(context.Context, string, string, string) (Said, error) {
	return Said{Current: w.current, Sources: 1, Dataset: "list"}, w.err()
}

func (w *world) err() error {
	if w.none {
		return ErrNotFound
	}
	return nil
}

func (w *world) all() Answerers { return Answerers{Measurements: w, Registry: w, Captures: w} }

func reweigh(t *testing.T, d *Desk, w *world) []StatusChange {
	t.Helper()
	got, err := d.Reweigh(t.Context(), w.all(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return got.Moved
}

func status(t *testing.T, d *Desk, claim string) string {
	t.Helper()
	v, err := d.ClaimView(t.Context(), ana, claim)
	if err != nil {
		t.Fatal(err)
	}
	if v.Str("status") != v.Standing.Status {
		t.Errorf("%s: %s is written, %s follows", claim, v.Str("status"), v.Standing.Status)
	}
	return v.Standing.Status
}

var so = cases.Text{"en": "so"}

func TestReweigh(t *testing.T) {
	d := openAt(t, t.TempDir())
	put(t, d, ana, set(Claim, "c", 0, "text", so), set(Evidence, "f", 0, "claim", "c", "type", "finding", "target", "a.example", "country", "XB", "expects", "blocked", "at_least", 5))
	if s := status(t, d, "c"); s != cases.Unverified {
		t.Error(s)
	}
	w := &world{measured: Measured{Answer: cases.Answer{Total: 3, Blocked: 3}, RuleSets: []string{"r1"}}}
	if moved := reweigh(t, d, w); len(moved) != 0 {
		t.Errorf("too few measurements moved it: %+v", moved)
	}
	w.measured.Answer = cases.Answer{Total: 12, Blocked: 9, OK: 3}
	moved := reweigh(t, d, w)
	if len(moved) != 1 || moved[0].Standing.Status != cases.Supported || moved[0].Standing.Before != cases.Unverified || moved[0].Standing.Cause != CauseMeasurements || !strings.Contains(moved[0].Why, "f: insufficient → confirms (12 measurements") {
		t.Fatalf("%+v", moved)
	}
	if moved := reweigh(t, d, w); len(moved) != 0 {
		t.Error("asked twice, moved twice")
	}
	w.measured = Measured{Answer: cases.Answer{Total: 12, OK: 12}, RuleSets: []string{"r2"}}
	if moved := reweigh(t, d, w); len(moved) != 1 || moved[0].Standing.Status != cases.Contradicted || moved[0].Standing.Cause != CauseRules {
		t.Errorf("%+v", moved)
	}
	all, err := d.StatusChanges(t.Context(), ana, time.Time{}, 10)
	if err != nil || len(all) != 3 || all[0].Standing.Status != cases.Contradicted || !all[0].At.After(all[1].At) {
		t.Errorf("%+v %v", all, err)
	}
	if public, err := d.StatusChanges(t.Context(), Public(), time.Time{}, 10); err != nil || len(public) != 0 {
		t.Errorf("told of a claim that is not published: %+v %v", public, err)
	}
	// An answer to a question that was changed meanwhile is not written down.
	w.measured = Measured{Answer: cases.Answer{Total: 12, Blocked: 12}, RuleSets: []string{"r2"}}
	w.meddle = func() { put(t, d, ben, set(Evidence, "f", Latest, "target", "b.example")) }
	if moved := reweigh(t, d, w); len(moved) != 0 {
		t.Errorf("%+v", moved)
	}
	before := export(t, d)
	if err := d.Rebuild(t.Context(), nil); err != nil || export(t, d) != before {
		t.Errorf("rebuilt, the history is another: %v", err)
	}
}

// TestAnswers: what each kind of evidence is worth after each answer.
func TestAnswers(t *testing.T) {
	for _, x := range []struct {
		name  string
		kind  string
		w     *world
		want  string
		notes string
	}{
		{"quote found", "quote", &world{quote: Found}, cases.SingleSource, ""},
		{"quote changed", "quote", &world{quote: Changed}, cases.Unverified, QuoteChanged},
		{"quote lost", "quote", &world{quote: Lost}, cases.Unverified, QuoteChanged},
		{"no such quote", "quote", &world{none: true}, cases.Unverified, NotThere},
		{"registry says so", "registry", &world{current: true}, cases.SingleSource, ""},
		{"registry says so no more", "registry", &world{}, cases.Unverified, Withdrawn},
		{"incident withdrawn", "incident", &world{}, cases.Unverified, Withdrawn},
		{"measurement", "measurement", &world{}, cases.Supported, ""},
		{"measurement not there", "measurement", &world{none: true}, cases.Unverified, NotThere},
		{"capture", "capture", &world{}, cases.SingleSource, ""},
		{"statement", "statement", &world{none: true}, cases.SingleSource, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			d := openAt(t, t.TempDir())
			put(t, d, ana, set(Claim, "c", 0, "text", so), set(Evidence, "e", 0, "claim", "c", "type", x.kind, "name", "n", "stance", "supports", "reason", so))
			reweigh(t, d, x.w)
			if got := status(t, d, "c"); got != x.want {
				t.Errorf("%s, want %s", got, x.want)
			}
			v, _ := d.ClaimView(t.Context(), ana, "c")
			var notes []string
			for _, r := range v.Standing.Reasons {
				if strings.Contains(QuoteChanged+" "+Withdrawn+" "+NotThere+" "+NotAsked, r.Code) {
					notes = append(notes, r.Code)
				}
			}
			if got := strings.Join(notes, ","); got != x.notes {
				t.Errorf("%s, want %s", got, x.notes)
			}
		})
	}
}

// TestIndependence: three texts, of which two derive from the first, are three sources until somebody confirms it.
func TestIndependence(t *testing.T) {
	d := openAt(t, t.TempDir())
	put(t, d, ana, set(Claim, "c", 0, "text", so))
	for _, id := range []string{"a", "b", "z"} {
		put(t, d, ana, set(Item, id, 0, "title", id), set(Utterance, "u"+id, 0, "claim", "c", "speaker", "Outlet "+id, "item", id),
			set(Evidence, "e"+id, 0, "claim", "c", "type", "statement", "stance", "supports", "reason", so, "item", id))
	}
	if s := status(t, d, "c"); s != cases.Supported {
		t.Error(s)
	}
	put(t, d, ana, set(Lineage, "l1", 0, "from", "b", "to", "a", "type", "copy", "decision", "proposed"), set(Lineage, "l2", 0, "from", "z", "to", "b", "type", "translation", "decision", "proposed"),
		set(Lineage, "l3", 0, "from", "a", "to", "z", "type", "cites", "decision", "confirmed"))
	if s := status(t, d, "c"); s != cases.Supported {
		t.Error("what is only proposed, or a citation, counts:", s)
	}
	put(t, d, ben, set(Lineage, "l1", Latest, "decision", "confirmed"), set(Lineage, "l2", Latest, "decision", "confirmed"))
	v, err := d.ClaimView(t.Context(), ana, "c")
	if err != nil || v.Standing.Status != cases.SingleSource || v.Standing.Roots != 1 || v.Standing.Said != 1 || v.Standing.Texts != 3 || v.Standing.Cause != CauseLineage {
		t.Errorf("%+v %v", v.Standing, err)
	}
	last := v.Standing.Reasons[len(v.Standing.Reasons)-1]
	if diff := cmp.Diff(cases.Reason{Code: OneOrigin, N: 3}, last); diff != "" {
		t.Error(diff)
	}
	// The texts are copies of somebody's who is not among them, and who is also named as a speaker.
	put(t, d, ben, set(Lineage, "l4", 0, "from", "a", "outside", "The Ministry", "type", "rewrite", "decision", "confirmed"), set(Utterance, "um", 0, "claim", "c", "speaker", "the ministry"))
	if v, _ := d.ClaimView(t.Context(), ana, "c"); v.Standing.Said != 1 || v.Standing.Texts != 4 {
		t.Errorf("%+v", v.Standing)
	}
	put(t, d, ben, set(Lineage, "l1", Latest, "decision", "rejected"))
	if v, _ := d.ClaimView(t.Context(), ana, "c"); v.Standing.Status != cases.Supported || v.Standing.Said != 2 {
		t.Errorf("%+v", v.Standing)
	}
}
