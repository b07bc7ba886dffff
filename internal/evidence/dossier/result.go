package dossier

import (
	"fmt"
	"sync"
)

// maxFaults is how many faults a report lists; the rest is counted.
const maxFaults = 200

// result collects what a verification finds. It may be used from many goroutines.
type result struct {
	mu        sync.Mutex
	faults    []Fault
	more      int
	failed    map[Class]int
	checked   map[Class]int
	proved    []string
	notProved []string
}

func newResult() *result {
	return &result{failed: map[Class]int{}, checked: map[Class]int{}}
}

// fault takes down that something is wrong.
func (r *result) fault(c Class, where, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed[c]++
	if len(r.faults) == maxFaults {
		r.more++
		return
	}
	r.faults = append(r.faults, Fault{c, where, fmt.Sprintf(format, args...)})
}

// count takes down that n more things of a class were looked at.
func (r *result) count(c Class, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checked[c] += n
}

func (r *result) bad(c Class) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed[c] > 0
}

// proves takes down what follows when nothing is wrong.
func (r *result) proves(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.proved = append(r.proved, fmt.Sprintf(format, args...))
}

// leaves takes down what does not follow.
func (r *result) leaves(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notProved = append(r.notProved, fmt.Sprintf(format, args...))
}

// report makes the report. vouched says whether a policy was given, or none is needed.
func (r *result) report(name, kind string, vouched bool) Report {
	out := Report{Name: name, Kind: kind, Faults: r.faults, More: r.more, Proved: r.proved, NotProved: r.notProved, Checks: []Check{}}
	if out.Faults == nil {
		out.Faults = []Fault{}
	}
	for _, c := range Classes() {
		k := Check{Class: c, State: StateAbsent, Checked: r.checked[c], Failed: r.failed[c]}
		switch {
		case k.Failed > 0:
			k.State = StateFailed
		case k.Checked > 0:
			k.State = StateOK
		}
		k.Says = c.says(k)
		out.Checks = append(out.Checks, k)
		if k.Failed > 0 && out.Exit == ExitOK {
			out.Exit = c.ExitCode()
		}
	}
	if out.Exit == ExitOK && !vouched {
		out.Exit = ExitUnvouched
	}
	if out.Exit != ExitOK && out.Exit != ExitUnvouched && out.Exit != ClassTrust.ExitCode() {
		// What is broken proves nothing as a whole; what still held is to be read off the checks.
		out.Proved = nil
	}
	return out
}

// says puts a check into one line of plain words.
func (c Class) says(k Check) string {
	what := map[Class]string{
		ClassContainer:   "container",
		ClassPackage:     "package, manifest and lists of files",
		ClassWARC:        "web archive records, index and pages",
		ClassHash:        "hashes",
		ClassConsistency: "quotes, references and pages",
		ClassProof:       "log: checkpoints, proofs and tiles",
		ClassTimestamp:   "time-stamps and times",
		ClassSignature:   "signature of the package",
		ClassTrust:       "trust in who signed",
	}[c]
	switch k.State {
	case StateFailed:
		return fmt.Sprintf("%s: %d wrong", what, k.Failed)
	case StateAbsent:
		return what + ": nothing there to check"
	}
	return fmt.Sprintf("%s: %d checked, all sound", what, k.Checked)
}
