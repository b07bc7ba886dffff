package dossier

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits on a content.
const (
	maxText  = 1 << 20 // bytes of one text
	maxItems = 100_000 // of one list
	maxInt   = 1<<53 - 1
)

var (
	idPattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	langPattern = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)
	datePattern = regexp.MustCompile(`^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?)?)?$`)
)

// errNotWhole says that a content does not hang together.
var errNotWhole = errors.New("the content does not hang together")

// checkContent finds everything in a content that is out of form or refers to what is not there. It tells the two
// apart: form is about one value, the rest about several.
func checkContent(c *Content, tell func(class Class, where, format string, args ...any)) {
	k := &contentCheck{c: c, tell: tell}
	k.walk("", reflect.ValueOf(c).Elem())
	k.head()
	k.index()
	k.claims()
	k.quotes()
	k.sources()
	k.withheld()
	k.log()
}

// contentCheck is one check of a content.
type contentCheck struct {
	c    *Content
	tell func(class Class, where, format string, args ...any)

	claimIDs, quoteIDs, documents, statements, findings, absences, rules map[string]bool
	captures                                                             map[string]*Capture
	objects                                                              map[string]*Object
}

func (k *contentCheck) form(where, format string, args ...any) {
	k.tell(ClassPackage, where, format, args...)
}

func (k *contentCheck) loose(where, format string, args ...any) {
	k.tell(ClassConsistency, where, format, args...)
}

// walk checks every text, number, time and list for its form.
func (k *contentCheck) walk(where string, v reflect.Value) {
	switch x := v.Interface().(type) {
	case time.Time:
		if x.Location() != time.UTC || x.Nanosecond() != 0 || x.Year() < 1 || x.Year() > 9999 {
			k.form(where, "%v is not a time in UTC and whole seconds", x)
		}
		return
	case Date:
		k.date(where, x)
		return
	case json.RawMessage:
		if b, err := canonical(x); err != nil || !bytes.Equal(b, x) || len(x) > maxText {
			k.form(where, "not canonical JSON of at most %d bytes", maxText)
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		k.text(where, v.String())
	case reflect.Int, reflect.Int64:
		if v.Int() > maxInt || v.Int() < -maxInt {
			k.form(where, "%d is larger than JSON can tell", v.Int())
		}
	case reflect.Slice:
		if v.Len() > maxItems {
			k.form(where, "%d items, the limit is %d", v.Len(), maxItems)
			return
		}
		for i := range v.Len() {
			k.walk(fmt.Sprintf("%s/%d", where, i), v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if name == "-" {
				continue
			}
			if f := v.Field(i); f.Kind() == reflect.Slice && f.IsNil() && option != "omitempty" {
				k.form(where+"/"+name, "null instead of a list")
			} else {
				k.walk(where+"/"+name, f)
			}
		}
	}
}

func (k *contentCheck) text(where, s string) {
	switch {
	case len(s) > maxText:
		k.form(where, "%d bytes of text, the limit is %d", len(s), maxText)
	case !utf8.ValidString(s):
		k.form(where, "not UTF-8")
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		k.form(where, "a control character in the text")
	}
}

func (k *contentCheck) date(where string, d Date) {
	if d == "" {
		return
	}
	from, to, span := strings.Cut(string(d), "/")
	for _, x := range []string{from, to} {
		if x == "" && !span {
			continue
		}
		layout := "2006-01-02T15:04:05Z"[:min(len(x), 20)]
		if _, err := time.Parse(layout, x); err != nil || !datePattern.MatchString(x) {
			k.form(where, "%.60q is no date: want 2020, 2020-11, 2020-11-30, a time in UTC, or two with a slash between", d)
			return
		}
	}
	if span && from > to {
		k.form(where, "%.60q ends before it begins", d)
	}
}

// head checks what stands once.
func (k *contentCheck) head() {
	c := k.c
	k.id("/id", c.ID)
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || !strings.HasSuffix(c.URL, "/") || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(c.URL, " <>\"") {
		k.form("/url", "%.100q is no http or https URL that ends in a slash", c.URL)
	}
	if strings.TrimSpace(c.Title) == "" {
		k.form("/title", "empty")
	}
	if strings.TrimSpace(c.Publisher.Name) == "" {
		k.form("/publisher/name", "empty")
	}
	if len(c.Languages) == 0 {
		k.form("/languages", "empty")
	}
	for i, l := range c.Languages {
		if !langPattern.MatchString(l) {
			k.form(fmt.Sprintf("/languages/%d", i), "%.40q is no language tag", l)
		}
	}
	if c.Created.IsZero() {
		k.form("/created", "empty")
	}
	if c.Version < 1 {
		k.form("/version", "%d, want 1 or more", c.Version)
	}
	if c.Supersedes != "" {
		k.hash("/supersedes", c.Supersedes)
	}
	if (c.Supersedes != "") != (c.Version > 1) {
		k.loose("/supersedes", "version 1 supersedes nothing, and every later one the version before")
	}
}

func (k *contentCheck) id(where, id string) bool {
	if !idPattern.MatchString(id) {
		k.form(where, "%.80q is no id: want 1 to 64 of a–z, 0–9, '.', '_' and '-', beginning with a letter or digit", id)
		return false
	}
	return true
}

func (k *contentCheck) hash(where, s string) bool {
	if _, err := parseHash(s); err != nil {
		k.form(where, "%v", err)
		return false
	}
	return true
}

// unique collects the ids of a list.
func unique[T any](k *contentCheck, list string, items []T, id func(*T) string, valid func(where, id string) bool) map[string]bool {
	out := map[string]bool{}
	for i := range items {
		where := fmt.Sprintf("/%s/%d", list, i)
		s := id(&items[i])
		if !valid(where, s) {
			continue
		}
		if out[s] {
			k.form(where, "%s stands there twice", s)
		}
		out[s] = true
	}
	return out
}

// index collects the ids of every list, and finds those that stand twice.
func (k *contentCheck) index() {
	c := k.c
	facts := unique(k, "facts", c.Facts, func(x *Fact) string { return x.ID }, k.id)
	for i := range c.Facts {
		if f := &c.Facts[i]; f.Of != "" && (!facts[f.Of] || f.Of == f.ID) {
			k.loose(fmt.Sprintf("/facts/%d/of", i), "no other fact is called %.80q", f.Of)
		}
	}
	k.claimIDs = unique(k, "claims", c.Claims, func(x *Claim) string { return x.ID }, k.id)
	unique(k, "evidence", c.Evidence, func(x *Evidence) string { return x.ID }, k.id)
	k.quoteIDs = unique(k, "quotes", c.Quotes, func(x *Quote) string { return x.ID }, k.id)
	k.documents = unique(k, "documents", c.Documents, func(x *Document) string { return x.ID }, k.id)
	k.statements = unique(k, "statements", c.Statements, func(x *Statement) string { return x.ID }, k.id)
	k.findings = unique(k, "findings", c.Findings, func(x *Finding) string { return x.ID }, k.id)
	k.absences = unique(k, "absences", c.Absences, func(x *Absence) string { return x.ID }, k.id)
	k.rules = unique(k, "rule_sets", c.RuleSets, func(x *RuleSet) string { return x.ID }, k.id)
	unique(k, "captures", c.Captures, func(x *Capture) string { return x.SHA256 }, k.hash)
	unique(k, "objects", c.Objects, func(x *Object) string { return x.SHA256 }, k.hash)
	unique(k, "incidents", c.Incidents, func(x *Incident) string { return x.SHA256 }, k.hash)
	unique(k, "log/tokens", c.Log.Tokens, func(x *Token) string { return x.Name }, k.id)
	k.captures, k.objects = map[string]*Capture{}, map[string]*Object{}
	for i := range c.Captures {
		k.captures[c.Captures[i].SHA256] = &c.Captures[i]
	}
	for i := range c.Objects {
		k.objects[c.Objects[i].SHA256] = &c.Objects[i]
	}
	for i := range c.RuleSets {
		k.hash(fmt.Sprintf("/rule_sets/%d/sha256", i), c.RuleSets[i].SHA256)
	}
}
