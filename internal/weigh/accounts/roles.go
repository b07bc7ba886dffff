package accounts

import (
	"fmt"
	"slices"
	"strings"
)

// Role is what a person is at an observatory. The zero Role is anybody's who is not signed in.
type Role string

// The roles, each with what the one before may do.
const (
	Reader        Role = "reader"
	Researcher    Role = "researcher"
	Editor        Role = "editor"
	Administrator Role = "administrator"
)

// Roles returns every role, the one that may do least first.
func Roles() []Role { return []Role{Reader, Researcher, Editor, Administrator} }

// ParseRole returns the role of a name.
func ParseRole(name string) (Role, error) {
	if r := Role(name); slices.Contains(Roles(), r) {
		return r, nil
	}
	var names []string
	for _, r := range Roles() {
		names = append(names, string(r))
	}
	return "", fmt.Errorf("read role %q: it is one of %s", name, strings.Join(names, ", "))
}

// Action is what somebody may want to do at the desk.
type Action string

// The actions.
const (
	Own        Action = "own"        // see and change one's own account
	Read       Action = "read"       // see the desk's pages, of them what is published and SHARED
	Private    Action = "private"    // see what is PRIVATE or not published
	Write      Action = "write"      // items, claims, evidence, captures, scores
	Decide     Action = "decide"     // merges, lineage, conflicts between edits
	Publish    Action = "publish"    // make SHARED, propose and approve a publication
	Administer Action = "administer" // people, roles, audit
)

// Actions returns every action.
func Actions() []Action { return []Action{Own, Read, Private, Write, Decide, Publish, Administer} }

// permissions is who may do what. What is not in it nobody may do.
func permissions() map[Action][]Role {
	return map[Action][]Role{
		Own:        {Reader, Researcher, Editor, Administrator},
		Read:       {Reader, Researcher, Editor, Administrator},
		Private:    {Researcher, Editor, Administrator},
		Write:      {Researcher, Editor, Administrator},
		Decide:     {Researcher, Editor, Administrator},
		Publish:    {Editor, Administrator},
		Administer: {Administrator},
	}
}

// Can says whether a role may do something.
func Can(r Role, a Action) bool { return slices.Contains(permissions()[a], r) }
