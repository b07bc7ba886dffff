package web

import (
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/formats"
)

// caseFile sends a case in one of the forms that others read.
func (s *site) caseFile(r *request) error {
	d := r.reader()
	k, err := r.recordAsked(d, desk.Case)
	if err != nil {
		return err
	}
	switch name := r.PathValue("file"); name {
	case "claims.csv":
		list, err := d.list(desk.Claim, "case", k.ID)
		if err != nil {
			return err
		}
		return r.sendClaims(d, list, k.ID+".csv")
	case "items.csl.json", "items.bib":
		items, err := d.list(desk.Item, "case", k.ID)
		if err != nil {
			return err
		}
		var refs []formats.Reference
		for i := range items {
			ref, err := d.reference(&items[i])
			if err != nil {
				return err
			}
			refs = append(refs, ref)
		}
		return r.sendReferences(name, refs)
	case "case.stix.json":
		return r.sendSTIX(d, k)
	}
	return r.missing()
}

// reference is how an item is cited.
func (d *reader) reference(item *desk.Record) (formats.Reference, error) {
	src, err := d.get(desk.Source, item.Str("source"))
	medium := ""
	if src != nil {
		medium = src.Str("name")
	}
	return formats.ItemReference(item, medium, item.Created), err
}

func (r *request) sendSTIX(d *reader, k *desk.Record) error {
	c := formats.Case{Record: *k}
	claims, err := d.list(desk.Claim, "case", k.ID)
	if err != nil {
		return err
	}
	if c.Claims, err = r.exportedClaims(d, claims); err != nil {
		return err
	}
	if c.Items, err = d.list(desk.Item, "case", k.ID); err != nil {
		return err
	}
	if c.Frames, err = d.list(desk.Frame, "case", k.ID); err != nil {
		return err
	}
	site, err := r.publisher(d, k.ID)
	if err != nil {
		return err
	}
	at := k.Updated
	for _, cl := range c.Claims {
		if cl.View.Updated.After(at) {
			at = cl.View.Updated
		}
	}
	b, err := formats.STIX(site, c, at)
	if err != nil {
		return err
	}
	return r.sendFile("application/stix+json;version=2.1", k.ID+".stix.json", b)
}
