package incidents

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"veedor/internal/measure/outage"
	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
)

// Outages keeps the outages that others' series of connectivity show, in one file below the data folder.
type Outages struct{ path string }

// OpenOutages names the file, which need not be there yet.
func OpenOutages(data string) *Outages {
	return &Outages{filepath.Join(data, "outages", "outages.jsonl")}
}

// All returns the outages that are kept, by country and time.
func (s *Outages) All() ([]outage.Outage, error) {
	f, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []outage.Outage
	for d := json.NewDecoder(f); ; {
		var o outage.Outage
		if err := d.Decode(&o); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return out, fmt.Errorf("read %s: %w", s.path, err)
		}
		out = append(out, o)
	}
}

// Add keeps more outages and returns all. Of those that begin alike in a country it keeps the longest.
func (s *Outages) Add(more []outage.Outage) ([]outage.Outage, error) {
	list, err := s.All()
	if err != nil {
		return nil, err
	}
	list = append(list, more...)
	slices.SortFunc(list, func(a, b outage.Outage) int {
		return cmp.Or(strings.Compare(a.CC, b.CC), a.From.Compare(b.From), b.To.Compare(a.To))
	})
	list = slices.CompactFunc(list, func(a, b outage.Outage) bool { return a.CC == b.CC && a.From.Equal(b.From) })
	return list, s.write(list)
}

func (s *Outages) write(list []outage.Outage) error {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(s.path), ".outages-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone by then when all went well
	e := json.NewEncoder(f)
	for _, o := range list {
		if err := e.Encode(o); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), s.path)
}

// What our own measurements show for the time of an outage.
const (
	Silent    = "silent"    // the usual ones stayed away
	Usual     = "usual"     // as many as usual
	TooLittle = "toolittle" // too few before to say what is usual
)

// Beside says what our own volume of measurements shows for an outage's country and time.
func Beside(o outage.Outage, volumes []verdict.Volume, t series.Thresholds) string {
	until := o.To
	if until.IsZero() {
		until = o.From.Add(24 * time.Hour)
	}
	from, to := verdict.HourOf(o.From), verdict.HourOf(until)
	for _, v := range volumes {
		last := v.First + int64(len(v.Count))
		if v.CC != o.CC || v.ASN != 0 || from < v.First+14*24 || to > last {
			continue
		}
		if slices.ContainsFunc(t.Silences(v), func(s series.Silence) bool { return s.From <= to && (s.To == 0 || s.To >= from) }) {
			return Silent
		}
		return Usual
	}
	return TooLittle
}
