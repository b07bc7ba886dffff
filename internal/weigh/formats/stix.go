package formats

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"veedor/internal/weigh/desk"
)

// Case is what a bundle is made of.
type Case struct {
	Record desk.Record // of kind case
	Claims []Claim
	Items  []desk.Record
	Frames []desk.Record
}

type stixObject struct {
	Type         string         `json:"type"`
	SpecVersion  string         `json:"spec_version"`
	ID           string         `json:"id"`
	CreatedBy    string         `json:"created_by_ref,omitempty"`
	Created      string         `json:"created"`
	Modified     string         `json:"modified"`
	Name         string         `json:"name,omitempty"`
	Class        string         `json:"identity_class,omitempty"`
	Description  string         `json:"description,omitempty"`
	Abstract     string         `json:"abstract,omitempty"`
	Content      string         `json:"content,omitempty"`
	Published    string         `json:"published,omitempty"`
	ReportTypes  []string       `json:"report_types,omitempty"`
	Relationship string         `json:"relationship_type,omitempty"`
	Source       string         `json:"source_ref,omitempty"`
	Target       string         `json:"target_ref,omitempty"`
	Refs         []string       `json:"object_refs,omitempty"`
	Lang         string         `json:"lang,omitempty"`
	Labels       []string       `json:"labels,omitempty"`
	External     []stixExternal `json:"external_references,omitempty"`
	Marking      []string       `json:"object_marking_refs,omitempty"`
}

type stixExternal struct {
	SourceName string `json:"source_name"`
	URL        string `json:"url,omitempty"`
	ExternalID string `json:"external_id,omitempty"`
}

type stixBundle struct {
	Type    string       `json:"type"`
	ID      string       `json:"id"`
	Objects []stixObject `json:"objects"`
}

// clear is STIX's own marking for what may go to anybody (TLP:CLEAR, once called white).
const clear = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"

// disarm is the form of a technique's id in the DISARM framework.
var disarm = regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)

// stix collects objects of a bundle.
type stix struct {
	site    Site
	space   uuid.UUID
	owner   string
	objects []stixObject
	seen    map[string]bool
}

// STIX writes a case as a STIX 2.1 bundle: the case is a report, items are reports too, claims and frames
// are notes on them, DISARM techniques are attack patterns that items and frames refer to. Ids are made from our own
// names, so that a later bundle updates an earlier one.
func STIX(s Site, c Case, at time.Time) ([]byte, error) {
	b := &stix{site: s, space: uuid.NewSHA1(uuid.NameSpaceURL, []byte(cmp.Or(s.Base, s.Name, "veedor"))), seen: map[string]bool{}}
	when := at.UTC()
	b.owner = b.add(stixObject{Type: "identity", Name: cmp.Or(s.Name, "Veedor"), Class: "organization"}, "site", when, when)
	var all []string
	items := map[string]string{}
	for i := range c.Items {
		it := &c.Items[i]
		id := b.item(it)
		items[it.ID] = id
		all = append(all, id)
		all = append(all, b.techniques(id, it.Strings("techniques"), it.Created)...)
	}
	root := b.id("report", "case "+c.Record.ID)
	for i := range c.Claims {
		all = append(all, b.claim(&c.Claims[i], items, root))
	}
	for i := range c.Frames {
		f := &c.Frames[i]
		id := b.add(stixObject{Type: "note", Abstract: s.words(f.Words("text")), Content: cmp.Or(f.Str("description"), s.words(f.Words("text"))), Labels: []string{"narrative-frame"}, Refs: []string{root},
			External: []stixExternal{{SourceName: b.name(), URL: s.page("/frame/" + f.ID)}}}, "frame "+f.ID, f.Created, f.Updated)
		all = append(all, id)
		all = append(all, b.techniques(id, f.Strings("techniques"), f.Created)...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) == 0 {
		all = []string{b.owner} // a report refers to something
	}
	b.add(stixObject{Type: "report", Name: s.words(c.Record.Words("title")), Description: s.words(c.Record.Words("summary")), Published: stamp(c.Record.Created), ReportTypes: []string{"campaign"}, Refs: all,
		External: []stixExternal{{SourceName: b.name(), URL: s.page("/case/" + c.Record.ID)}}}, "case "+c.Record.ID, c.Record.Created, c.Record.Updated)
	return write(stixBundle{"bundle", "bundle--" + uuid.NewSHA1(b.space, []byte("bundle "+c.Record.ID+" "+stamp(when))).String(), b.objects})
}

func (b *stix) name() string { return cmp.Or(b.site.Name, "Veedor") }

func (b *stix) id(kind, name string) string {
	return kind + "--" + uuid.NewSHA1(b.space, []byte(kind+" "+name)).String()
}

func (b *stix) add(o stixObject, name string, created, modified time.Time) string {
	o.SpecVersion, o.ID, o.Created, o.Modified = "2.1", b.id(o.Type, name), stamp(created), stamp(modified)
	if o.Type != "identity" {
		o.CreatedBy = b.owner
	}
	o.Lang, o.Marking = b.site.Lang, []string{clear}
	if !b.seen[o.ID] {
		b.seen[o.ID] = true
		b.objects = append(b.objects, o)
	}
	return o.ID
}

func (b *stix) item(r *desk.Record) string {
	published := r.Created
	if t, parts := moment(r.Date("published_on")); parts > 0 {
		published = t
	}
	refs := []stixExternal{{SourceName: b.name(), URL: b.site.page("/item/" + r.ID)}}
	if url := webURL(r.Str("url")); url != "" {
		refs = append(refs, stixExternal{SourceName: "original", URL: url})
	}
	return b.add(stixObject{Type: "report", Name: cmp.Or(r.Str("title"), r.Str("url"), r.ID), Description: r.Str("summary"), Published: stamp(published), ReportTypes: []string{"observed-data"}, Refs: []string{b.owner}, External: refs}, "item "+r.ID, r.Created, r.Updated)
}

func (b *stix) claim(c *Claim, items map[string]string, root string) string {
	v := c.View
	refs := []string{root}
	for _, list := range [][]desk.Record{v.Utterances, v.Evidence} {
		for i := range list {
			if id := items[list[i].Str("item")]; id != "" {
				refs = append(refs, id)
			}
		}
	}
	slices.Sort(refs)
	var content strings.Builder
	fmt.Fprintf(&content, "%s\n\nStatus: %s\n", b.site.words(v.Words("text")), c.Status)
	for i := range v.Utterances {
		u := &v.Utterances[i]
		fmt.Fprintf(&content, "Said by %s (%s)\n", u.Str("speaker"), cmp.Or(u.Str("date"), "date not known"))
	}
	return b.add(stixObject{Type: "note", Abstract: b.site.words(v.Words("text")), Content: content.String(), Labels: []string{"claim", "status-" + cmp.Or(v.Standing.Status, "unverified")}, Refs: slices.Compact(refs),
		External: []stixExternal{{SourceName: b.name(), URL: b.site.claimPage(v.ID)}}}, "claim "+v.ID, v.Created, v.Updated)
}

// techniques adds DISARM's attack patterns, and that an object is about them.
func (b *stix) techniques(object string, list []string, at time.Time) []string {
	var out []string
	for _, t := range list {
		if !disarm.MatchString(t) {
			continue
		}
		epoch := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC) // a technique's object is the same in all bundles
		pattern := b.add(stixObject{Type: "attack-pattern", Name: "DISARM " + t, External: []stixExternal{{SourceName: "DISARM", ExternalID: t}}}, "disarm "+t, epoch, epoch)
		rel := b.add(stixObject{Type: "relationship", Relationship: "related-to", Source: object, Target: pattern}, object+" "+t, at, at)
		out = append(out, pattern, rel)
	}
	return out
}

func stamp(t time.Time) string {
	if t.IsZero() {
		t = time.Unix(0, 0)
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
