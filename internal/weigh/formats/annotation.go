package formats

import (
	"slices"
	"strings"
)

type annotation struct {
	Context    string   `json:"@context"`
	ID         string   `json:"id"`
	Type       string   `json:"type"`
	Motivation string   `json:"motivation"`
	Created    string   `json:"created,omitempty"`
	Creator    *creator `json:"creator,omitempty"`
	Body       []body   `json:"body"`
	Target     target   `json:"target"`
}

type creator struct {
	Type string `json:"type"`
	Name string `json:"name"`
}

type body struct {
	Type     string `json:"type,omitempty"`
	ID       string `json:"id,omitempty"`
	Value    string `json:"value,omitempty"`
	Format   string `json:"format,omitempty"`
	Language string `json:"language,omitempty"`
	Purpose  string `json:"purpose"`
}

type target struct {
	Source   string     `json:"source"`
	Selector []selector `json:"selector"`
	State    *state     `json:"state,omitempty"`
}

type selector struct {
	Type   string `json:"type"`
	Exact  string `json:"exact,omitempty"`
	Prefix string `json:"prefix,omitempty"`
	Suffix string `json:"suffix,omitempty"`
	Start  *int   `json:"start,omitempty"`
	End    *int   `json:"end,omitempty"`
}

type state struct {
	Type       string `json:"type"`
	SourceDate string `json:"sourceDate,omitempty"`
	Cached     string `json:"cached,omitempty"`
}

type annotationPage struct {
	Context string       `json:"@context"`
	ID      string       `json:"id"`
	Type    string       `json:"type"`
	Items   []annotation `json:"items"`
}

const annotationContext = "http://www.w3.org/ns/anno.jsonld"

// Annotations writes the quotes a claim rests on as a page of W3C Web Annotations: the passage, the
// capture it stands in, and the claim it bears on.
func Annotations(s Site, c Claim) ([]byte, error) {
	page := annotationPage{Context: annotationContext, ID: s.claimPage(c.View.ID) + "/annotations.jsonld", Type: "AnnotationPage", Items: []annotation{}}
	var names []string
	for name := range c.Quotes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		q := c.Quotes[name]
		a := annotation{Context: annotationContext, ID: page.ID + "#" + name, Type: "Annotation", Motivation: "linking", Created: q.At,
			Creator: &creator{"Organization", s.Name}, Target: target{Source: q.URL, Selector: []selector{{Type: "TextQuoteSelector", Exact: q.Exact, Prefix: q.Prefix, Suffix: q.Suffix}}}}
		if q.End > q.Start {
			a.Target.Selector = append(a.Target.Selector, selector{Type: "TextPositionSelector", Start: &q.Start, End: &q.End})
		}
		a.Body = []body{{ID: s.claimPage(c.View.ID), Purpose: "linking"}, {Type: "TextualBody", Value: stanceOf(c, name), Format: "text/plain", Language: "en", Purpose: "classifying"}}
		if q.Translation != "" {
			a.Body = append(a.Body, body{Type: "TextualBody", Value: q.Translation, Format: "text/plain", Language: q.Translate, Purpose: "describing"})
		}
		if q.Capture != "" {
			a.Target.State = &state{Type: "TimeState", SourceDate: q.At, Cached: s.page("/capture/" + q.Capture)}
		}
		page.Items = append(page.Items, a)
	}
	return write(page)
}

// stanceOf says what the quote does to the claim; that an utterance rests on it is "said".
func stanceOf(c Claim, quote string) string {
	var out []string
	for i := range c.View.Evidence {
		if e := &c.View.Evidence[i]; e.Str("type") == "quote" && e.Str("name") == quote && e.Str("stance") != "" && !slices.Contains(out, e.Str("stance")) {
			out = append(out, e.Str("stance"))
		}
	}
	if len(out) == 0 {
		return "said"
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
