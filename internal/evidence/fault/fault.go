package fault

import (
	"fmt"
	"io/fs"
	"slices"

	"veedor/internal/evidence/dossier"
)

// What kinds of packages there are, and who must find their faults.
const (
	KindWACZ    = "wacz"    // wacz.Check and dossier.Verify
	KindDossier = "dossier" // dossier.Verify
	KindLog     = "log"     // dossier.CheckLog
)

// Package is something to verify: a file, or the folder of a log.
type Package struct {
	Name    string
	Kind    string
	Data    []byte // of a WACZ or dossier
	Log     fs.FS  // of a log
	Policy  *dossier.Policy
	Earlier [][]byte // checkpoints of the log that were seen before
}

// Fault is one thing that is wrong with a package in which all else is consistent.
type Fault struct {
	Name string
	Kind string
	Does string // what was done, in plain words
	// Want are the classes of dossier.Verify or CheckLog that are a right reason. There is one, but where a fault
	// truly belongs to several.
	Want []dossier.Class
	// WACZ are those of wacz.Check; empty where it is asked nothing (trust is not its matter).
	WACZ []string

	apply func(w *workshop) (*Package, error)
}

// Make applies the fault to a package made from the workshop's seed.
func (f *Fault) Make(w *Workshop) (*Package, error) {
	p, err := f.apply((*workshop)(w))
	if err != nil {
		return nil, fmt.Errorf("make %s: %w", f.Name, err)
	}
	p.Name, p.Kind = f.Name, f.Kind
	return p, nil
}

// Faults returns every fault, in groups: the container first, then inwards, then dossiers and logs.
func Faults() []Fault {
	return slices.Concat(zipFaults(), packageFaults(), warcFaults(), indexFaults(), pageFaults(), signatureFaults(), dossierFaults(), logFaults())
}

// wants makes lists of classes legible in the tables of faults.
func wants(c ...dossier.Class) []dossier.Class { return c }

func finds(c ...string) []string { return c }
