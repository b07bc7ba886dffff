package desk

import "veedor/internal/weigh/cases"

// ofKind lists the fields of each kind; docs/format/desk.md says what they mean.
func ofKind(k Kind) []Field {
	switch k {
	case Case:
		return []Field{must("title", Words), one("question", Words), one("language", Line), one("publisher", Line), one("invented", Flag), one("summary", Words)}
	case Question:
		return []Field{mustRef("case", Case), must("text", Words), choice("proof", cases.Proofs()...), refs("evidence", Evidence), one("networks", List), one("origin", List), one("order", Number)}
	case Unknown:
		return []Field{mustRef("case", Case), must("text", Words), one("settles", Words), one("order", Number)}
	case Withheld:
		return []Field{mustRef("case", Case), must("what", Line), one("why", Words), one("by", Line), one("order", Number)}
	case Actor:
		return []Field{mustRef("case", Case), must("name", Line), ref("entity", Entity), one("registry", Line), one("role", Words), one("text", Words), one("sources", List), one("order", Number)}
	case Fact:
		return []Field{mustRef("case", Case), mustChoice("type", "agreement", "deployment", "sanction", "report", "figure", "event"), must("text", Words), one("date", Day), one("until", Day),
			refs("actors", Actor), one("amount", Line), ref("conflicts", Fact), one("sources", List), one("quote", Line), one("order", Number)}
	}
	if out := weighed(k); out != nil {
		return out
	}
	if out := published(k); out != nil {
		return out
	}
	if k == textKind {
		return []Field{derived("base", Data)}
	}
	return nil
}

// weighed lists the fields of claims and what bears on them.
func weighed(k Kind) []Field {
	switch k {
	case Claim:
		return []Field{ref("case", Case), must("text", Words), one("language", Line), refs("frames", Frame), refs("themes", Theme), refs("items", Item), one("file", Line), one("order", Number),
			derived("status", Line), derived("since", Line), derived("standing", Data)}
	case Utterance:
		return []Field{mustRef("claim", Claim), must("speaker", Line), ref("entity", Entity), choice("role", "official", "journalist", "expert", "company", "group", "anonymous"),
			one("date", Day), one("date_lack", Words), one("quote", Line), one("quote_lack", Words), one("source", Line), ref("item", Item), one("root", Line), one("order", Number)}
	case Evidence:
		return []Field{mustRef("claim", Claim), mustChoice("type", "finding", "incident", "measurement", "quote", "capture", "document", "registry", "statement", "absence"),
			choice("stance", "supports", "contradicts", "context", "insufficient"), choice("strength", "weak", "medium", "strong"), one("reason", Words), one("by", Line), one("at", Day), one("root", Line),
			ref("item", Item), one("order", Number),
			// finding
			one("country", Line), one("network", Number), one("target", Line), one("layer", Line), one("from", Day), one("to", Day), choice("expects", "blocked", "reachable"), one("at_least", Number),
			// incident, measurement, quote, capture: its name; registry: entity, property, value
			one("name", Line), one("property", Line), one("value", Line),
			// document, statement
			one("text", Words), one("source", Line), one("date", Day),
			// absence
			one("what", Words), one("where", Line), one("when", Day), one("who", Line),
			derived("outcome", Line), derived("answer", Data)}
	case Relation:
		return []Field{mustRef("from", Claim), mustRef("to", Claim), mustChoice("type", "contradicts", "repeats", "corrects", "retracts"), one("reason", Words), one("by", Line), one("at", Day), one("order", Number)}
	}
	return nil
}

// published lists the fields of what is published, and of what is said about it.
func published(k Kind) []Field {
	switch k {
	case Source:
		return []Field{must("name", Line), one("type", Line), one("homepage", URL), one("languages", List), refs("locations", Location), one("description", Prose), one("owner", Line),
			one("state_link", Prose), refs("related", Item), one("share", Line), one("feed", URL)}
	case Item:
		return []Field{one("title", Prose), one("title_translated", Prose), one("url", URL), ref("source", Source), ref("case", Case), one("language", Line), {Name: "type", Type: Line, Choices: itemTypes()},
			one("author", Line), {Name: "author_type", Type: Line, Choices: []string{"real identity", "alias or pseudonym", "unable to tell"}}, one("published_on", Day), {Name: "summary", Type: Prose, Max: 500},
			refs("locations", Location), refs("themes", Theme), refs("entities", Entity), refs("stories", Story), one("context", Prose), one("subtext", Prose), one("reactions", Prose), one("action", Prose),
			one("captures", List), one("original", Flag), one("file", Line), one("code", Line), private("text", Prose), private("text_translated", Prose), private("how_found", Prose), private("submitter", Line), private("assignee", Line),
			private("observations", Prose), private("sealed", Prose), private("share", Line), {Name: "stage", Type: Choice, Choices: []string{"new", "assigned", "in review", "final"}, Private: true}, one("finalized", Day)}
	case Lineage:
		return []Field{mustRef("from", Item), ref("to", Item), one("outside", Line), mustChoice("type", "copy", "translation", "rewrite", "redated", "cites"), mustChoice("decision", "proposed", "confirmed", "rejected"),
			one("reason", Prose), one("score", Line), one("by", Line), one("at", Day), one("order", Number)}
	case Theme:
		return []Field{must("title", Line), one("titles", Words), one("description", Prose), ref("parent", Theme), ref("case", Case), private("editor", Line), private("final_editor", Line), one("order", Number)}
	case Frame:
		return []Field{must("text", Words), one("description", Prose), ref("parent", Frame), ref("case", Case), refs("themes", Theme), refs("locations", Location), refs("entities", Entity), one("terms", List),
			one("context", Prose), one("why", Prose), one("evolution", Prose), one("held_by", Words), private("editors", List), one("order", Number)}
	case Stance:
		return []Field{mustRef("item", Item), mustRef("frame", Frame), mustChoice("stance", "asserts", "counters", "mentions"), one("reason", Prose), one("by", Line), one("order", Number)}
	case Rubric:
		return []Field{must("title", Line), must("version", Line), must("levels", Words), one("description", Prose), ref("before", Rubric)}
	case Score:
		return []Field{mustRef("item", Item), mustRef("rubric", Rubric), {Name: "value", Type: Number, Must: true, Max: 3}, must("reason", Prose), private("coder", Line)}
	case Entity:
		return []Field{must("name", Line), choice("type", "person", "organisation", "government", "company", "media", "group", "other"), one("role", Line), one("description", Prose), one("names", List),
			one("registry", Line), one("homepage", URL), refs("locations", Location)}
	case Location:
		return []Field{must("name", Line), one("type", Line), one("country", Line), ref("parent", Location), one("description", Prose)}
	case Story:
		return []Field{must("title", Line), one("url", URL), one("description", Prose), one("date", Day), refs("items", Item), refs("themes", Theme), refs("frames", Frame), refs("locations", Location), private("editors", List)}
	case Table:
		return []Field{must("title", Line), private("layout", Prose)}
	case Brief:
		return []Field{must("title", Line), one("description", Prose), one("date", Day), refs("items", Item), refs("stories", Story), refs("frames", Frame), refs("themes", Theme), private("editors", List)}
	}
	return nil
}

func itemTypes() []string {
	return []string{"editorial media", "social media", "official document", "press release", "speech", "report", "broadcast", "web page", "message", "other"}
}
