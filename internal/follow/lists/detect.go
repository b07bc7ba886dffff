package lists

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// sign is what the beginning of a file shows if it is of a format. All of the words must be there.
type sign struct {
	format string
	words  []string
}

// signs lists them; the first that fits wins.
func signs() []sign {
	return []sign{
		{OFACXML, []string{"<Sanctions", "DateOfIssue"}}, {OFACXML, []string{"<Sanctions", "ReferenceValueSets"}},
		{EUXML, []string{"http://eu.europa.ec/fpi/fsd/export"}}, {EUXML, []string{"<export", "sanctionEntity"}},
		{UNXML, []string{"<CONSOLIDATED_LIST"}},
		{GLEIFXML, []string{"LEIData"}}, {GLEIFXML, []string{"RelationshipData"}}, {GLEIFXML, []string{"ReportingExceptionData"}},
		{GLEIFXML, []string{"<LEIRecord"}}, {GLEIFXML, []string{"<RelationshipRecord"}},
		{EUCSV, []string{"Entity_LogicalId;", "NameAlias_WholeName"}},
		{EUAnnex, []string{"celex", "recordId", "programKey"}},
		{UKCSV, []string{"Name 6,Name 1"}},
		{GLEIFCSV, []string{"Entity.LegalName"}}, {GLEIFCSV, []string{"Relationship.StartNode.NodeID"}}, {GLEIFCSV, []string{"LEI", "Exception.Category"}},
		{ChinaCSV, []string{"Type,QID,Name,Alias,Chinese name"}},
		{DoD1260H, []string{"Name,Clean Name,Alias,Previous Name,Parent Name"}},
		{AidDataTables, []string{"AidData TUFF Project ID", "Accountable Agencies"}}, {AidData, []string{"AidData TUFF Project ID", "Funding Agencies"}},
		{AEI, []string{"Investor", "Quantity in Millions", "Transaction Party"}},
		{Statements, []string{"canonical_id", "entity_id", "prop", "value"}},
		{OpenSanctionsCSV, []string{"id,schema,name,aliases"}}, {OpenSanctionsCSV, []string{`"id","schema","name","aliases"`}},
	}
}

// Detect says which format files are in, from their beginnings. Files of one list (sdn, alt and add; level 1 and 2)
// go together; files of different formats do not. Any other table is read through a mapping, which the caller names.
func Detect(files map[string]Opener) (string, error) {
	found, of := "", ""
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := files[name]()
		if err != nil {
			return "", fmt.Errorf("open %s: %w", name, err)
		}
		format, err := detect(f)
		f.Close()
		switch {
		case err != nil:
			return "", fmt.Errorf("detect format of %s: %w", name, err)
		case format == "":
			return "", fmt.Errorf("detect format of %s: it is none that is known; name it (%s), or give a mapping", name, strings.Join(Formats(), ", "))
		case found != "" && format != found:
			return "", fmt.Errorf("detect format: %s is %s and %s is %s; read them one after the other", of, found, name, format)
		}
		found, of = format, name
	}
	if found == "" {
		return "", fmt.Errorf("detect format: no file given")
	}
	return found, nil
}

var ofacRow = regexp.MustCompile(`^"?\d+"?,`)

func detect(in io.Reader) (string, error) {
	text := plain(in)
	head, err := text.Peek(peeked / 2)
	if err != nil && err != io.EOF && len(head) == 0 {
		return "", err
	}
	head = bytes.TrimSpace(head)
	if len(head) == 0 {
		return "", fmt.Errorf("it is empty")
	}
	if head[0] == '{' || head[0] == '[' {
		return detectJSON(head), nil
	}
	lines := head // a table shows what it is in its first lines; an XML document may take longer
	if head[0] != '<' {
		lines = firstLines(head, 6)
	}
	for _, s := range signs() {
		all := true
		for _, w := range s.words {
			all = all && bytes.Contains(lines, []byte(w))
		}
		if all {
			return s.format, nil
		}
	}
	return detectOFAC(head), nil
}

func firstLines(b []byte, n int) []byte {
	end := 0
	for range n {
		i := bytes.IndexByte(b[end:], '\n')
		if i < 0 {
			return b
		}
		end += i + 1
	}
	return b[:end]
}

// detectJSON tells entities, statements and contracting data.
func detectJSON(head []byte) string {
	first, _, _ := bytes.Cut(head, []byte("\n"))
	var keys map[string]json.RawMessage
	if json.Unmarshal(first, &keys) == nil {
		switch {
		case keys["canonical_id"] != nil && keys["prop"] != nil, keys["entity_id"] != nil && keys["prop"] != nil:
			return Statements
		case keys["schema"] != nil && keys["properties"] != nil:
			return FTM
		}
	}
	for _, w := range []string{`"ocid"`, `"releases"`, `"records"`} {
		if bytes.Contains(head, []byte(w)) {
			return OCDS
		}
	}
	if bytes.Contains(first, []byte(`"schema"`)) && bytes.Contains(first, []byte(`"properties"`)) { // a line longer than what was looked at
		return FTM
	}
	return ""
}

// detectOFAC tells tables of the SDN list, with or without header: by their columns, and by how nothing is written.
func detectOFAC(head []byte) string {
	if !bytes.Contains(head, []byte(ofacNull)) {
		return ""
	}
	first, rest, _ := bytes.Cut(head, []byte("\n"))
	if !ofacRow.Match(first) {
		first, _, _ = bytes.Cut(rest, []byte("\n"))
	}
	if !ofacRow.Match(first) {
		return ""
	}
	s := splitter{comma: ','}
	if more, reason := s.line(first); more || reason != "" {
		return ""
	}
	switch len(s.fields) {
	case 5, 6, 12:
		return OFACCSV
	}
	return ""
}
