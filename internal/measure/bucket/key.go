package bucket

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Bounds of a selection and of what a key may be.
const (
	maxKey      = 230       // bytes; OONI's have about a hundred, and names of files at most 255
	maxPrefixes = 100_000   // hours times countries, about eleven years of one
	maxObject   = 512 << 20 // bytes; OONI's files have up to some tens of MB
)

// Place is what a key tells of the file it names.
type Place struct {
	Day     string // YYYYMMDD on which OONI received it
	Hour    string // HH
	Country string // two capital letters
	Test    string // as folders are called: webconnectivity
}

var (
	keyPattern  = regexp.MustCompile(`^raw/(\d{8})/(\d{2})/([A-Z]{2})/([a-z0-9_]{1,64})/([A-Za-z0-9_][A-Za-z0-9._-]*)$`)
	countryName = regexp.MustCompile(`^[A-Z]{2}$`)
	testName    = regexp.MustCompile(`^[a-z0-9]{1,64}$`)
)

// errOther says that a key names something that is no file of measurements, such as a tar archive of what probes sent.
var errOther = errors.New("no file of JSON lines")

// ParseKey reads a key. What is not of the layout is an error that says why.
func ParseKey(key string) (Place, error) {
	if len(key) > maxKey {
		return Place{}, fmt.Errorf("its key has %d bytes, at most %d are accepted", len(key), maxKey)
	}
	m := keyPattern.FindStringSubmatch(key)
	if m == nil {
		return Place{}, errors.New("its key is not of the layout raw/YYYYMMDD/HH/CC/test/name")
	}
	if _, err := time.Parse("20060102 15", m[1]+" "+m[2]); err != nil {
		return Place{}, errors.New("its key names no hour of a day")
	}
	if !strings.HasSuffix(m[5], ".jsonl.gz") && !strings.HasSuffix(m[5], ".jsonl") {
		return Place{}, errOther
	}
	return Place{Day: m[1], Hour: m[2], Country: m[3], Test: m[4]}, nil
}

// Selection is what is wanted of a store.
type Selection struct {
	Countries    []string  // two capital letters each
	Since, Until time.Time // days on which files were published, UTC; Until is left out
	Tests        []string  // as OONI calls them, web_connectivity or webconnectivity; none stands for all
}

// Check says what is wrong with a selection, if anything.
func (s *Selection) Check() error {
	if len(s.Countries) == 0 {
		return errors.New("no country is named")
	}
	for _, c := range s.Countries {
		if !countryName.MatchString(c) {
			return fmt.Errorf("%q is no country: want two letters such as VE", c)
		}
	}
	for _, t := range s.Tests {
		if !testName.MatchString(folderOf(t)) {
			return fmt.Errorf("%q is no test: want a name such as web_connectivity", t)
		}
	}
	if !s.Since.Before(s.Until) {
		return fmt.Errorf("no day lies from %s to before %s", s.Since.Format(time.DateOnly), s.Until.Format(time.DateOnly))
	}
	if n := s.Until.Sub(s.Since).Hours() * float64(len(s.Countries)); n > maxPrefixes {
		return fmt.Errorf("that is %.0f hours of countries to list, at most %d at once; ask for fewer days", n, maxPrefixes)
	}
	return nil
}

// prefixes returns what must be listed: one prefix for each hour and country.
func (s *Selection) prefixes() []string {
	countries := slices.Compact(slices.Sorted(slices.Values(s.Countries)))
	var out []string
	for t := s.Since; t.Before(s.Until); t = t.Add(time.Hour) {
		for _, c := range countries {
			out = append(out, "raw/"+t.Format("20060102/15/")+c+"/")
		}
	}
	return out
}

// folderOf returns what a test's folder is called.
func folderOf(test string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(test))
}

// wants says whether a test was asked for.
func (s *Selection) wants(test string) bool {
	return len(s.Tests) == 0 || slices.ContainsFunc(s.Tests, func(t string) bool { return folderOf(t) == folderOf(test) })
}
