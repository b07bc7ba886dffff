package accounts

import "time"

// Viewer is who looks at a page: the zero Viewer is anybody.
type Viewer struct {
	ID          string // of the person; written to journals
	Name        string
	Role        Role
	Observatory string
	Session     string    // the session's public name
	Confirmed   time.Time // when they last proved who they are
}

// SignedIn says whether it is somebody with an account.
func (v Viewer) SignedIn() bool { return v.ID != "" }

// Can says whether they may do something.
func (v Viewer) Can(a Action) bool { return v.SignedIn() && Can(v.Role, a) }
