package ftm

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/bytedance/sonic"
)

// The formats FollowTheMoney writes statements in.
const (
	CSV  = "csv"  // a header, and every field in quotes
	JSON = "json" // one object a line
	Pack = "pack" // a header, and schema and property in one column
)

// ReadStatements reads statements in one of FollowTheMoney's formats. Values are taken as they are; an id that is
// missing is made. The error is one of the stream, and ends it.
func ReadStatements(m *Model, r io.Reader, format string, l Limits) iter.Seq2[Record[Statement], error] {
	l = l.orDefault()
	switch format {
	case JSON:
		return readJSONStatements(m, r, l)
	case CSV, Pack:
		return readRowStatements(m, r, format, l)
	}
	return func(yield func(Record[Statement], error) bool) {
		yield(Record[Statement]{}, fmt.Errorf("read statements: there is no format %q", format))
	}
}

// jsonStatement is a statement as FollowTheMoney writes it in JSON, and our two fields.
type jsonStatement struct {
	CanonicalID   string `json:"canonical_id"`
	EntityID      string `json:"entity_id"`
	Prop          string `json:"prop"`
	Schema        string `json:"schema"`
	Value         string `json:"value"`
	Dataset       string `json:"dataset"`
	Lang          string `json:"lang"`
	OriginalValue string `json:"original_value"`
	FirstSeen     string `json:"first_seen"`
	LastSeen      string `json:"last_seen"`
	External      bool   `json:"external"`
	Origin        string `json:"origin"`
	ID            string `json:"id"`
	Source        string `json:"source"`
	Evidence      string `json:"evidence"`
}

func readJSONStatements(m *Model, r io.Reader, l Limits) iter.Seq2[Record[Statement], error] {
	return func(yield func(Record[Statement], error) bool) {
		in := newLines(r, l.Line)
		for {
			var rec Record[Statement]
			var err error
			rec.Place, rec.Reason, err = in.read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(rec, fmt.Errorf("read statements at byte %d: %w", rec.Place.Offset, err))
				return
			}
			if rec.Reason == "" {
				var j jsonStatement
				if err := sonic.UnmarshalString(string(rec.Place.Raw), &j); err != nil {
					rec.Reason = whyNoStatement.Say(firstLine(err.Error()))
				} else {
					rec.Value = Statement{ID: j.ID, EntityID: j.EntityID, CanonicalID: j.CanonicalID, Schema: j.Schema, Prop: j.Prop, Value: j.Value,
						Original: j.OriginalValue, Lang: j.Lang, Dataset: j.Dataset, Origin: j.Origin, Source: j.Source, Evidence: j.Evidence,
						FirstSeen: j.FirstSeen, LastSeen: j.LastSeen, External: j.External}
					rec.Reason = rec.Value.settle(m)
				}
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// settle completes a statement, or says why it is none.
func (s *Statement) settle(m *Model) (reason string) {
	switch {
	case badID(s.EntityID) != "":
		reason = badID(s.EntityID)
	case s.CanonicalID != "" && badID(s.CanonicalID) != "":
		reason = badID(s.CanonicalID)
	case s.Value == "":
		reason = whyNoValue.Say()
	case s.Dataset == "":
		reason = whyNoDataset.Say()
	case s.Complete(m) != nil:
		reason = whyProperty.Say(shorten(s.Schema + ":" + s.Prop))
	}
	if reason != "" {
		*s = Statement{}
	}
	return reason
}

func readRowStatements(m *Model, r io.Reader, format string, l Limits) iter.Seq2[Record[Statement], error] {
	return func(yield func(Record[Statement], error) bool) {
		in := newRows(r, l.Line)
		var header []string
		for {
			var rec Record[Statement]
			fields, place, reason, err := in.read()
			rec.Place, rec.Reason = place, reason
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(rec, fmt.Errorf("read statements at byte %d: %w", rec.Place.Offset, err))
				return
			}
			if header == nil && reason == "" {
				fields[0] = strings.TrimPrefix(fields[0], "\ufeff")
				if slices.Contains(fields, "entity_id") && slices.Contains(fields, "prop") {
					header = slices.Clone(fields)
					continue
				}
				if format == Pack { // as it was before it had a header
					header = []string{"entity_id", "prop", "value", "dataset", "lang", "original_value", "target", "external", "first_seen", "last_seen"}
				} else {
					rec.Reason = whyNoHeader.Say()
				}
			}
			if rec.Reason == "" {
				rec.Value, rec.Reason = fromRow(m, header, fields, format)
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

func fromRow(m *Model, header, fields []string, format string) (s Statement, reason string) {
	if len(fields) > len(header) {
		return s, whyFields.Say(strconv.Itoa(len(fields)), strconv.Itoa(len(header)))
	}
	for i, v := range fields {
		switch header[i] {
		case "id":
			s.ID = v
		case "entity_id":
			s.EntityID = v
		case "canonical_id":
			s.CanonicalID = v
		case "schema":
			s.Schema = v
		case "prop":
			s.Prop = v
			if format == Pack {
				s.Schema, s.Prop, _ = strings.Cut(v, ":")
			}
		case "value":
			s.Value = v
		case "original_value":
			s.Original = v
		case "lang":
			s.Lang = v
		case "dataset":
			s.Dataset = v
		case "origin":
			s.Origin = v
		case "source":
			s.Source = v
		case "evidence":
			s.Evidence = v
		case "first_seen":
			s.FirstSeen = v
		case "last_seen":
			s.LastSeen = v
		case "external":
			s.External = v != "" && strings.ContainsRune("tTyY1", rune(v[0]))
		}
	}
	return s, s.settle(m)
}
