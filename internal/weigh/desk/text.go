package desk

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"veedor/internal/weigh/cases"
)

// piece is one record as a case's text has it.
type piece struct {
	kind   Kind
	id     string
	fields map[string]any // of those that the text can say, all; nil where it says nothing
}

// sharedID says of kinds that their ids are the same in all cases.
func sharedID(k Kind) bool { return slices.Contains([]Kind{Source, Entity, Location}, k) }

// global returns the desk's id of what a case's text calls by a name.
func global(caseID string, k Kind, name string) string {
	switch {
	case name == "":
		return ""
	case strings.HasPrefix(name, "/"):
		return name[1:]
	case sharedID(k):
		return name
	}
	return caseID + "." + name
}

// localName is the opposite of global, below a prefix.
func localName(prefix string, k Kind, id string) string {
	if id == "" || sharedID(k) {
		return id
	}
	if name, ok := strings.CutPrefix(id, prefix+"."); ok && name != "" && (!strings.Contains(name, ".") || k == Evidence) { // evidence is named below its claim
		return name
	}
	return "/" + id
}

// eachField calls f with the fields of a struct of cases that a kind has on the desk, under their names there.
func eachField(k Kind, v any, f func(Field, reflect.Value)) {
	s := reflect.ValueOf(v).Elem()
	for i := range s.NumField() {
		name, _, _ := strings.Cut(s.Type().Field(i).Tag.Get("yaml"), ",")
		if field, ok := fieldOf(k, name); ok && !slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Struct}, s.Field(i).Kind()) {
			f(field, s.Field(i))
		}
	}
}

// fieldsOf returns what a struct of cases says, as the fields of a kind.
func fieldsOf(caseID string, k Kind, v any) (map[string]any, error) {
	out := map[string]any{}
	var failed error
	eachField(k, v, func(f Field, x reflect.Value) {
		value := x.Interface()
		switch f.Type {
		case Ref:
			value = global(caseID, f.To, x.String())
		case Refs:
			var list []string
			for _, name := range x.Interface().([]string) {
				list = append(list, global(caseID, f.To, name))
			}
			value = list
		case Number:
			if x.IsZero() {
				value = nil
			}
		}
		taken, err := f.take(value)
		if err != nil && failed == nil {
			failed = fmt.Errorf("%w: %s: %w", ErrInvalid, k, err)
		}
		out[f.Name] = taken
	})
	return out, failed
}

// fill is the opposite of fieldsOf: what a record says, without what is private.
func fill(caseID string, r *Record, v any) {
	eachField(r.Kind, v, func(f Field, x reflect.Value) {
		value, ok := r.Fields[f.Name]
		if !ok || slices.Contains(r.Private, f.Name) {
			return
		}
		switch f.Type {
		case Ref:
			x.SetString(localName(caseID, f.To, value.(string)))
		case Refs:
			var list []string
			for _, id := range value.([]string) {
				list = append(list, localName(caseID, f.To, id))
			}
			x.Set(reflect.ValueOf(list))
		case Number:
			if x.CanInt() {
				x.SetInt(int64(value.(int)))
			} else {
				x.SetUint(uint64(value.(int)))
			}
		default:
			x.Set(reflect.ValueOf(value).Convert(x.Type()))
		}
	})
}

// evidenceFields adds to the fields of evidence those of its kind.
func evidenceFields(e *cases.Evidence, out map[string]any) {
	for _, f := range Fields(Evidence) {
		if _, ok := out[f.Name]; !ok && !f.Derived && !slices.Contains([]string{"claim", "order", "notes"}, f.Name) {
			out[f.Name] = nil
		}
	}
	said := func(s *cases.Statement) { out["text"], out["source"], out["date"] = s.Text, s.Source, s.Date }
	switch {
	case e.Finding != nil:
		q := e.Finding
		out["type"], out["country"], out["target"], out["layer"], out["from"], out["to"], out["expects"] = "finding", q.Country, q.Target, q.Layer, q.From, q.To, q.Expects
		if q.Network != 0 {
			out["network"] = q.Network
		}
		if q.AtLeast != 0 {
			out["at_least"] = q.AtLeast
		}
	case e.Incident != "":
		out["type"], out["name"] = "incident", e.Incident
	case e.Measurement != "":
		out["type"], out["name"] = "measurement", e.Measurement
	case e.Quote != "":
		out["type"], out["name"] = "quote", e.Quote
	case e.Capture != "":
		out["type"], out["name"] = "capture", e.Capture
	case e.Document != nil:
		out["type"] = "document"
		said(e.Document)
	case e.Registry != nil:
		out["type"], out["name"], out["property"], out["value"] = "registry", e.Registry.Entity, e.Registry.Property, e.Registry.Value
	case e.Statement != nil:
		out["type"] = "statement"
		said(e.Statement)
	case e.Absence != nil:
		out["type"], out["what"], out["where"], out["when"], out["who"] = "absence", e.Absence.What, e.Absence.Where, e.Absence.At, e.Absence.By
	}
}

// fillEvidence is the opposite of evidenceFields.
func fillEvidence(r *Record, e *cases.Evidence) {
	name := r.Str("name")
	said := &cases.Statement{Text: r.Words("text"), Source: r.Str("source"), Date: r.Date("date")}
	switch r.Str("type") {
	case "finding":
		q := FindingOf(r)
		e.Finding = &q
	case "incident":
		e.Incident = name
	case "measurement":
		e.Measurement = name
	case "quote":
		e.Quote = name
	case "capture":
		e.Capture = name
	case "document":
		e.Document = said
	case "registry":
		e.Registry = &cases.Registry{Entity: name, Property: r.Str("property"), Value: r.Str("value")}
	case "statement":
		e.Statement = said
	case "absence":
		e.Absence = &cases.Absence{What: r.Words("what"), Where: r.Str("where"), At: r.Date("when"), By: r.Str("who")}
	}
}
