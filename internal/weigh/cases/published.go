package cases

// Item is a published thing.
type Item struct {
	ID         string   `yaml:"id,omitempty"`
	File       string   `yaml:"-"`
	Title      string   `yaml:"title,omitempty"`
	Translated string   `yaml:"title_translated,omitempty"`
	URL        string   `yaml:"url,omitempty"`
	Source     string   `yaml:"source,omitempty"` // among the sources
	Language   string   `yaml:"language,omitempty"`
	Type       string   `yaml:"type,omitempty"`
	Author     string   `yaml:"author,omitempty"`
	AuthorType string   `yaml:"author_type,omitempty"`
	Published  Date     `yaml:"published_on,omitempty"`
	Summary    string   `yaml:"summary,omitempty"` // 500 characters at most
	Locations  []string `yaml:"locations,omitempty"`
	Themes     []string `yaml:"themes,omitempty"`
	Entities   []string `yaml:"entities,omitempty"`
	Context    string   `yaml:"context,omitempty"`
	Subtext    string   `yaml:"subtext,omitempty"`
	Reactions  string   `yaml:"reactions,omitempty"`
	Action     string   `yaml:"action,omitempty"`
	Captures   []string `yaml:"captures,omitempty"` // hex SHA-256
	Original   bool     `yaml:"original,omitempty"` // somebody confirmed that it is nobody's copy
	Code       string   `yaml:"code,omitempty"`
	Frames     []Stance `yaml:"frames,omitempty"`
}

// Stance is that of an item to a frame.
type Stance struct {
	Frame  string `yaml:"frame,omitempty"`
	Stance string `yaml:"stance,omitempty"` // asserts, counters, mentions
	Reason string `yaml:"reason,omitempty"`
	By     string `yaml:"by,omitempty"`
}

// Frame is a short declarative sentence that items assert, counter or mention.
type Frame struct {
	ID          string   `yaml:"id,omitempty"`
	Text        Text     `yaml:"text,omitempty"`
	Parent      string   `yaml:"parent,omitempty"`
	HeldBy      Text     `yaml:"held_by,omitempty"`
	Description string   `yaml:"description,omitempty"`
	Themes      []string `yaml:"themes,omitempty"`
	Locations   []string `yaml:"locations,omitempty"`
	Entities    []string `yaml:"entities,omitempty"`
	Terms       []string `yaml:"terms,omitempty"` // to search for
	Context     string   `yaml:"context,omitempty"`
	Why         string   `yaml:"why,omitempty"` // it matters
	Evolution   string   `yaml:"evolution,omitempty"`
}

// Theme is what items are about.
type Theme struct {
	ID          string `yaml:"id,omitempty"`
	Title       string `yaml:"title,omitempty"`
	Titles      Text   `yaml:"titles,omitempty"` // in other languages
	Parent      string `yaml:"parent,omitempty"`
	Description string `yaml:"description,omitempty"`
}

// Source is a medium. Its id is the same in all cases, as those of entities and locations are.
type Source struct {
	ID          string   `yaml:"id,omitempty"`
	Name        string   `yaml:"name,omitempty"`
	Type        string   `yaml:"type,omitempty"`
	Homepage    string   `yaml:"homepage,omitempty"`
	Languages   []string `yaml:"languages,omitempty"`
	Locations   []string `yaml:"locations,omitempty"`
	Description string   `yaml:"description,omitempty"`
	Owner       string   `yaml:"owner,omitempty"`
	StateLink   string   `yaml:"state_link,omitempty"`
	Feed        string   `yaml:"feed,omitempty"`
}

// Entity is a person or body in a public role.
type Entity struct {
	ID          string   `yaml:"id,omitempty"`
	Name        string   `yaml:"name,omitempty"`
	Names       []string `yaml:"names,omitempty"` // others it is known by
	Type        string   `yaml:"type,omitempty"`  // person, organisation, government, company, media, group, other
	Role        string   `yaml:"role,omitempty"`
	Description string   `yaml:"description,omitempty"`
	Registry    string   `yaml:"registry,omitempty"` // its id in the registry
	Homepage    string   `yaml:"homepage,omitempty"`
	Locations   []string `yaml:"locations,omitempty"`
}

// Location is a place.
type Location struct {
	ID          string `yaml:"id,omitempty"`
	Name        string `yaml:"name,omitempty"`
	Type        string `yaml:"type,omitempty"`
	Country     string `yaml:"country,omitempty"` // ISO 3166-1 alpha-2
	Parent      string `yaml:"parent,omitempty"`
	Description string `yaml:"description,omitempty"`
}

// Actor is an entity's part in a case.
type Actor struct {
	ID       string   `yaml:"id,omitempty"`
	Name     string   `yaml:"name,omitempty"`
	Entity   string   `yaml:"entity,omitempty"`
	Registry string   `yaml:"registry,omitempty"` // its id in the registry
	Role     Text     `yaml:"role,omitempty"`
	Text     Text     `yaml:"text,omitempty"`
	Sources  []string `yaml:"sources,omitempty"` // addresses or titles
}

// Fact is an agreement, a deployment, a sanction, a report, a figure or an event of a case's time line.
type Fact struct {
	ID        string   `yaml:"id,omitempty"`
	Type      string   `yaml:"type,omitempty"`
	Date      Date     `yaml:"date,omitempty"`
	Until     Date     `yaml:"until,omitempty"`
	Text      Text     `yaml:"text,omitempty"`
	Amount    string   `yaml:"amount,omitempty"` // as its source has it: "USD 1,080 million"
	Actors    []string `yaml:"actors,omitempty"`
	Conflicts string   `yaml:"conflicts,omitempty"` // the fact of which this is another figure or account
	Sources   []string `yaml:"sources,omitempty"`
	Quote     string   `yaml:"quote,omitempty"`
}

// Lineage says that one item derives from another, or from somebody's text that is not among the items, or does not.
type Lineage struct {
	ID       string `yaml:"id,omitempty"`
	From     string `yaml:"from,omitempty"` // the item that derives
	Type     string `yaml:"type,omitempty"` // copy, translation, rewrite, redated, cites
	To       string `yaml:"to,omitempty"`
	Outside  string `yaml:"outside,omitempty"`
	Decision string `yaml:"decision,omitempty"` // proposed, confirmed, rejected
	Reason   string `yaml:"reason,omitempty"`
	Score    string `yaml:"score,omitempty"`
	By       string `yaml:"by,omitempty"`
	At       Date   `yaml:"at,omitempty"`
}
