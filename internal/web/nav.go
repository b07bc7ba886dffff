package web

import "strings"

// wing is one of the groups of pages that the navigation offers, with the pages it is made of.
type wing struct {
	Key   string // of its texts: nav.KEY, and nav.KEY.asks what it answers
	Href  string // its first page
	Here  string // value of aria-current: "true" where the page shown is one of it
	Parts []part
	also  []string // first segments of paths of pages that belong to it, but to none of its parts
}

// part is a page that the navigation offers once its wing is chosen.
type part struct {
	Key, Href string
	Here      string // "page" where it is the page shown, "true" where that is one below it
	below     string // first segment of the paths below it
}

// wings are the three questions, what lies under the answers, and what is said of the site itself: the last one
// stands in the foot of each page.
func wings() []wing {
	return []wing{
		{Key: "measure", also: []string{"country", "network", "target", "category"}, Parts: []part{
			{Key: "incidents", Href: "/incidents", below: "incident"}, {Key: "measurements", Href: "/measurements", below: "measurement"}, {Key: "signature", Href: "/signature"}, {Key: "rules", Href: "/rules"}}},
		{Key: "follow", also: []string{"dataset"}, Parts: []part{
			{Key: "registry", Href: "/entities", below: "entity"}, {Key: "agreements", Href: "/agreements"}, {Key: "deployments", Href: "/deployments"}, {Key: "path", Href: "/path"}, {Key: "watches", Href: "/watches", below: "watch"}}},
		{Key: "weigh", Parts: []part{
			{Key: "cases", Href: "/cases", below: "case"}, {Key: "claims", Href: "/claims", below: "claim"}, {Key: "items", Href: "/items", below: "item"}, {Key: "sources", Href: "/sources", below: "source"}, {Key: "frames", Href: "/frames", below: "frame"}}},
		{Key: "evidence", Parts: []part{
			{Key: "captures", Href: "/captures", below: "capture"}, {Key: "dossiers", Href: "/dossiers", below: "dossier"}, {Key: "log", Href: "/log"}}},
		{Key: "site", Parts: []part{{Key: "about", Href: "/about"}, {Key: "method", Href: "/method"}, {Key: "limits", Href: "/limits"}, {Key: "licences", Href: "/licences"}, {Key: "design", Href: "/design"}}},
	}
}

// navigation returns the wings for a page at a path without its language, and the wing the page is of, nil for none.
func navigation(lang, path string) (all []wing, here *wing) {
	all = wings()
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	for i := range all {
		w := &all[i]
		for j := range w.Parts {
			p := &w.Parts[j]
			switch {
			case p.Href == path:
				p.Here, here = "page", w
			case p.Href == "/"+first && rest != "", p.below != "" && p.below == first:
				p.Here, here = "true", w
			}
			p.Href = prefix(lang) + p.Href
		}
		for _, name := range w.also {
			if name == first {
				here = w
			}
		}
		w.Href = w.Parts[0].Href
	}
	if here != nil {
		here.Here = "true"
	}
	return all, here
}
