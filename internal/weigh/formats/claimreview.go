package formats

import (
	"cmp"
	"slices"
	"strings"

	"veedor/internal/weigh/desk"
)

type thing struct {
	Type string `json:"@type"`
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

type claimReview struct {
	Context       string       `json:"@context"`
	Type          string       `json:"@type"`
	ID            string       `json:"@id"`
	URL           string       `json:"url"`
	ClaimReviewed string       `json:"claimReviewed"`
	InLanguage    string       `json:"inLanguage,omitempty"`
	DatePublished string       `json:"datePublished,omitempty"`
	Author        thing        `json:"author"`
	ItemReviewed  itemReviewed `json:"itemReviewed"`
	ReviewRating  rating       `json:"reviewRating"`
}

type itemReviewed struct {
	Type            string  `json:"@type"`
	Author          *thing  `json:"author,omitempty"`
	DatePublished   string  `json:"datePublished,omitempty"`
	FirstAppearance *thing  `json:"firstAppearance,omitempty"`
	Appearance      []thing `json:"appearance,omitempty"`
}

type rating struct {
	Type          string `json:"@type"`
	AlternateName string `json:"alternateName"`
	Explanation   string `json:"ratingExplanation,omitempty"`
}

// ClaimReview writes a claim as schema.org's ClaimReview in JSON-LD. That form has room for one rating; it
// gets the status in words and no number, because "not known" is no place on a scale from false to true.
func ClaimReview(s Site, c Claim) ([]byte, error) {
	v := c.View
	r := claimReview{
		Context: "https://schema.org", Type: "ClaimReview", ID: s.claimPage(v.ID), URL: s.claimPage(v.ID), ClaimReviewed: s.words(v.Words("text")), InLanguage: s.Lang,
		Author: thing{Type: "Organization", Name: s.Name, URL: s.Base}, ItemReviewed: itemReviewed{Type: "Claim"},
		ReviewRating: rating{Type: "Rating", AlternateName: c.Status, Explanation: s.claimPage(v.ID)},
	}
	if !v.Standing.Since.IsZero() {
		r.DatePublished = v.Standing.Since.UTC().Format("2006-01-02")
	}
	said := slices.Clone(v.Utterances)
	slices.SortStableFunc(said, func(a, b desk.Record) int {
		return strings.Compare(cmp.Or(a.Str("date"), "9"), cmp.Or(b.Str("date"), "9")) // undated ones last
	})
	for i := range said {
		u := &said[i]
		if i == 0 {
			r.ItemReviewed.Author = &thing{Type: speakerType(u.Str("role")), Name: u.Str("speaker")}
			r.ItemReviewed.DatePublished = u.Str("date")
		}
		item := c.Items[u.Str("item")]
		url := webURL(cmp.Or(item.Str("url"), u.Str("source")))
		if url == "" {
			continue
		}
		where := thing{Type: "CreativeWork", Name: item.Str("title"), URL: url}
		if i == 0 {
			r.ItemReviewed.FirstAppearance = &where
			continue
		}
		r.ItemReviewed.Appearance = append(r.ItemReviewed.Appearance, where)
	}
	return write(r)
}

// speakerType is schema.org's for a speaker in a role; a person's only where the role is one's.
func speakerType(role string) string {
	switch role {
	case "journalist", "expert":
		return "Person"
	}
	return "Organization"
}
