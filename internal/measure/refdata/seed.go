package refdata

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"strconv"
)

//go:embed seed/*.csv
var seedFiles embed.FS

// seed is the reference data linked into the program: invented networks of invented countries, on
// AS numbers, addresses and domains reserved for documentation.
type seed struct {
	info      SnapshotInfo
	as        map[uint32]AS
	networks  ranges
	countries ranges
	dns, http *fingerprints
	lists     *testLists
}

// documentationAS says whether an AS number is reserved for documentation (RFC 5398).
func documentationAS(asn uint32) bool {
	return asn >= 64496 && asn <= 64511 || asn >= 65536 && asn <= 65551
}

// inventedCountry says whether a country is one of the sample's. The codes are among those that
// ISO 3166 leaves to its users.
func inventedCountry(cc string) bool { return cc == "XA" || cc == "XB" || cc == "XC" }

// loadSeed reads the embedded files. A row that cannot be used is an error.
func loadSeed() (*seed, error) {
	s := &seed{as: make(map[uint32]AS), lists: &testLists{byName: make(map[string]*testList)}}
	s.dns, s.http = &fingerprints{byID: make(map[string]int)}, &fingerprints{byID: make(map[string]int)}
	n, hash := tally{}, sha256.New()
	for _, file := range []struct {
		name string
		read func(io.Reader) error
	}{
		{"networks.csv", func(r io.Reader) error { return s.readNetworks(r, &n) }},
		{"addresses.csv", func(r io.Reader) error { return s.readAddresses(r, &n) }},
		{"global.csv", func(r io.Reader) error { return s.lists.read(global, r, &n) }},
		{"fingerprints_dns.csv", func(r io.Reader) error { return s.dns.read(r, true, &n) }},
		{"fingerprints_http.csv", func(r io.Reader) error { return s.http.read(r, false, &n) }},
	} {
		text, err := fs.ReadFile(seedFiles, "seed/"+file.name)
		if err != nil {
			return nil, err
		}
		hash.Write(text)
		if err := file.read(bytes.NewReader(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", file.name, err)
		}
		if n.left > 0 {
			return nil, fmt.Errorf("%s: %s", file.name, n.why)
		}
	}
	s.dns.seal()
	s.http.seal()
	s.lists.byName[global].seal()
	sum := hex.EncodeToString(hash.Sum(nil))
	s.info = SnapshotInfo{
		Kind: Seed, ID: "seed-" + sum[:8], SHA256: sum, Rows: n.rows,
		Publisher: "Veedor, built in: invented networks for the sample", Licence: "Apache-2.0",
	}
	return s, nil
}

func (s *seed) readNetworks(in io.Reader, n *tally) error {
	t, err := openTable(in, "asn", "org", "name", "country")
	if err != nil {
		return err
	}
	for {
		row, err := t.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		asn, err := strconv.ParseUint(row.get("asn"), 10, 32)
		if err != nil || !documentationAS(uint32(asn)) || !inventedCountry(row.get("country")) {
			n.leave(t.row, "not a documentation AS number in an invented country")
			continue
		}
		s.as[uint32(asn)] = AS{Number: uint32(asn), Org: row.get("org"), Name: row.get("name"), CC: row.get("country")}
		n.rows++
	}
}

// readAddresses reads "first,last,asn,country" twice: once for the AS, once for the country.
func (s *seed) readAddresses(in io.Reader, n *tally) error {
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	column := func(i int, value func(string) uint32) func([]byte) (uint32, string) {
		return func(rest []byte) (uint32, string) {
			fields := bytes.Split(rest, []byte(","))
			if len(fields) != 2 {
				return 0, "not four columns"
			}
			if v := value(string(fields[i])); v != 0 {
				return v, ""
			}
			return 0, "neither AS number nor country"
		}
	}
	number := func(s string) uint32 {
		v, _ := strconv.ParseUint(s, 10, 32)
		return uint32(v)
	}
	if err := s.networks.addRanges(bytes.NewReader(text), n, column(0, number)); err != nil {
		return err
	}
	var again tally
	if err := s.countries.addRanges(bytes.NewReader(text), &again, column(1, packCC)); err != nil {
		return err
	}
	s.networks.tidy()
	s.countries.tidy()
	if again.left > 0 {
		n.leave(0, again.why)
	}
	return nil
}
