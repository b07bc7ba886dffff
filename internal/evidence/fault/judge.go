package fault

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"veedor/internal/evidence/dossier"
	"veedor/internal/evidence/wacz"
)

// Outcome is what a verifier made of a package with a fault.
type Outcome string

// The outcomes.
const (
	OK     Outcome = "OK"           // rejected, with a right reason
	Missed Outcome = "MISSED"       // accepted
	Wrong  Outcome = "WRONG REASON" // rejected, for another reason
)

// Verdict is what came of one fault.
type Verdict struct {
	Fault   *Fault
	Got     string // classes that the verifiers named, lowest first: dossier's, then wacz's
	Says    string // the first fault that each found
	Outcome Outcome
}

// Judge asks everybody who must find a fault whether it is there.
func Judge(ctx context.Context, w *Workshop, f *Fault) (Verdict, error) {
	v := Verdict{Fault: f, Outcome: OK}
	p, err := f.Make(w)
	if err != nil {
		return v, err
	}
	r := p.verify(ctx, w.now)
	got := dossier.Class("")
	if r.Exit != dossier.ExitOK && r.Exit != dossier.ExitUnvouched {
		got = lowest(r)
	}
	v.Got, v.Says = string(got), says(r)
	switch {
	case got == "":
		v.Outcome = Missed
	case !slices.Contains(f.Want, got):
		v.Outcome = Wrong
	}
	if len(f.WACZ) == 0 || f.Kind != KindWACZ {
		return v, nil
	}
	class, first := p.check(ctx)
	v.Got += " / " + class
	v.Says += " / " + first
	switch {
	case class == "":
		v.Outcome = Missed
	case !slices.Contains(f.WACZ, class) && v.Outcome == OK:
		v.Outcome = Wrong
	}
	return v, nil
}

// verify runs the offline verifier that a kind of package is for.
func (p *Package) verify(ctx context.Context, now time.Time) dossier.Report {
	o := dossier.Options{Name: p.Name, Now: func() time.Time { return now.Add(time.Hour) }, Earlier: p.Earlier}
	if p.Kind == KindLog {
		return dossier.CheckLog(ctx, p.Log, p.Policy, o)
	}
	return dossier.Verify(ctx, bytes.NewReader(p.Data), int64(len(p.Data)), p.Policy, o)
}

// lowest is the class that decides: that of the exit code.
func lowest(r dossier.Report) dossier.Class {
	for _, c := range dossier.Classes() {
		if c.ExitCode() == r.Exit {
			return c
		}
	}
	return dossier.Class(fmt.Sprintf("exit %d", r.Exit))
}

func says(r dossier.Report) string {
	for _, f := range r.Faults {
		if f.Class == lowest(r) {
			return f.Where + ": " + f.What
		}
	}
	return ""
}

// check runs the strict validator of WACZ. The class is the lowest that it names, from the container inwards.
func (p *Package) check(ctx context.Context) (class, first string) {
	r := wacz.Check(ctx, bytes.NewReader(p.Data), int64(len(p.Data)), wacz.Options{})
	order := []string{wacz.ClassZIP, wacz.ClassPackage, wacz.ClassWARC, wacz.ClassDigest, wacz.ClassIndex, wacz.ClassPages, wacz.ClassSignature}
	for _, c := range order {
		for _, f := range r.Faults {
			if f.Class == c {
				return c, f.Where + ": " + f.What
			}
		}
	}
	return "", ""
}

// Line is the verdict as the bench prints it.
func (v *Verdict) Line() string {
	want := make([]string, len(v.Fault.Want))
	for i, c := range v.Fault.Want {
		want[i] = string(c)
	}
	wanted := strings.Join(want, "|")
	if len(v.Fault.WACZ) > 0 {
		wanted += " / " + strings.Join(v.Fault.WACZ, "|")
	}
	return fmt.Sprintf("%-28s %-32s %-24s %s", v.Fault.Name, wanted, v.Got, v.Outcome)
}
