package tlog

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	cosign "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

// maxPolicy is how many witnesses and groups a policy may have.
const maxPolicy = 64

// policy is a C2SP tlog-policy: who may cosign, and who must have.
type policy struct {
	witnesses []witness
	members   map[string][]string // of a group
	needed    map[string]int      // of a group's members
	quorum    string              // "none", a witness or a group
}

// witness is one that may be asked to cosign.
type witness struct {
	name string // in the policy
	url  string // its submission prefix, "" where it cannot be asked
	key  note.Verifier
}

// parsePolicy reads the lines of a policy. Lines that name logs are checked and passed over: this log is known.
// A policy without a line has no witness and the quorum none.
func parsePolicy(lines []string) (*policy, error) {
	p := &policy{members: map[string][]string{}, needed: map[string]int{}}
	member := map[string]bool{} // named in a group
	for i, line := range lines {
		f := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		var err error
		switch f[0] {
		case "log":
			if len(f) < 2 || len(f) > 3 {
				err = fmt.Errorf("want: log KEY [URL]")
			} else {
				_, err = note.NewVerifier(f[1])
			}
		case "witness":
			err = p.addWitness(f[1:])
		case "group":
			err = p.addGroup(f[1:], member)
		case "quorum":
			switch {
			case p.quorum != "":
				err = fmt.Errorf("a second quorum")
			case len(f) != 2 || f[1] != "none" && !p.known(f[1]):
				err = fmt.Errorf("want: quorum NAME, of a witness or group above, or none")
			default:
				p.quorum = f[1]
			}
		default:
			err = fmt.Errorf("lines begin with log, witness, group or quorum")
		}
		if err != nil {
			return nil, fmt.Errorf("policy line %d, %.120q: %w", i+1, line, err)
		}
	}
	if p.quorum == "" {
		if len(p.witnesses) > 0 {
			return nil, fmt.Errorf("policy: it has no quorum line")
		}
		p.quorum = "none"
	}
	return p, nil
}

func (p *policy) known(name string) bool {
	_, group := p.members[name]
	return group || slices.ContainsFunc(p.witnesses, func(w witness) bool { return w.name == name })
}

func (p *policy) addWitness(f []string) error {
	if len(f) < 2 || len(f) > 3 {
		return fmt.Errorf("want: witness NAME KEY [URL]")
	}
	w := witness{name: f[0]}
	if w.name == "none" || p.known(w.name) {
		return fmt.Errorf("the name is taken")
	}
	if len(p.witnesses) == maxPolicy {
		return fmt.Errorf("more than %d witnesses", maxPolicy)
	}
	var err error
	if w.key, err = cosign.NewVerifierForCosignatureV1(f[1]); err != nil {
		return err
	}
	for _, other := range p.witnesses {
		if other.key.Name() == w.key.Name() && other.key.KeyHash() == w.key.KeyHash() {
			return fmt.Errorf("the key is witness %s's", other.name)
		}
	}
	if len(f) == 3 {
		u, err := url.Parse(f[2])
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("%.80q is no http or https URL", f[2])
		}
		w.url = strings.TrimSuffix(f[2], "/")
	}
	p.witnesses = append(p.witnesses, w)
	return nil
}

func (p *policy) addGroup(f []string, member map[string]bool) error {
	if len(f) < 3 {
		return fmt.Errorf("want: group NAME all|any|COUNT MEMBER…")
	}
	name, count, list := f[0], f[1], f[2:]
	if name == "none" || p.known(name) {
		return fmt.Errorf("the name is taken")
	}
	if len(p.members) == maxPolicy {
		return fmt.Errorf("more than %d groups", maxPolicy)
	}
	for _, m := range list {
		if !p.known(m) {
			return fmt.Errorf("%s is no witness or group above", m)
		}
		if member[m] {
			return fmt.Errorf("%s is in a group already", m)
		}
		member[m] = true
	}
	n := 0
	switch count {
	case "all":
		n = len(list)
	case "any":
		n = 1
	default:
		var err error
		if n, err = strconv.Atoi(count); err != nil || n < 1 || n > len(list) || strconv.Itoa(n) != count {
			return fmt.Errorf("%s: want all, any or a count from 1 to %d", count, len(list))
		}
	}
	p.members[name], p.needed[name] = list, n
	return nil
}

// satisfied says whether those who cosigned, by their names in the policy, are enough.
func (p *policy) satisfied(cosigned map[string]bool) bool {
	return p.quorum == "none" || p.witnessed(p.quorum, cosigned)
}

func (p *policy) witnessed(name string, cosigned map[string]bool) bool {
	list, group := p.members[name]
	if !group {
		return cosigned[name]
	}
	n := 0
	for _, m := range list {
		if p.witnessed(m, cosigned) {
			n++
		}
	}
	return n >= p.needed[name]
}
