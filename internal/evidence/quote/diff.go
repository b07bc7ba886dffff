package quote

// What an edit does.
const (
	Same    = "same"
	Added   = "added"
	Removed = "removed"
)

// Edit is a run of words that stands in both texts or in one of them.
type Edit struct {
	Op   string `json:"op"` // Same, Added or Removed
	Text string `json:"text"`
	Old  int    `json:"old"` // code points of the old text before it
	New  int    `json:"new"` // code points of the new text before it
}

// Diff returns how one text becomes the other, word by word.
func Diff(old, new string) []Edit { return nil }

// Comparison is the difference of two captures' texts.
type Comparison struct {
	Changes []Change `json:"changes,omitempty"`
	Notices []Notice `json:"notices,omitempty"` // words of correction that the new text has and the old one has not
	Coarse  bool     `json:"coarse,omitempty"`  // the texts are too long or too different to be compared word by word
}

// Change is one place where two texts differ.
type Change struct {
	Kind   string `json:"kind"`             // Added, Removed or Changed
	Before string `json:"before,omitempty"` // the block before it, in the new text
	After  string `json:"after,omitempty"`
	Old    string `json:"old,omitempty"` // whole blocks
	New    string `json:"new,omitempty"`
	Edits  []Edit `json:"edits,omitempty"`
}

// Notice is a word by which pages say that they were corrected or updated. It is a fact about the text, not a finding.
type Notice struct {
	Word  string `json:"word"`
	Block string `json:"block"` // the block it stands in
	Start int    `json:"start"` // code points of the new text before the word
}

// Compare compares two captures' texts block by block.
func Compare(old, new string) Comparison { return Comparison{} }
