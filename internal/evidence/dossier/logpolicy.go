package dossier

import (
	"errors"
	"fmt"
	"strings"
)

// maxMembers bounds logs, witnesses and groups of a policy, each.
const maxMembers = 256

// logPolicy is a C2SP tlog-policy: known logs, known witnesses, and how many of them must have cosigned.
type logPolicy struct {
	logs      []vkey
	witnesses map[string]*vkey // by the policy's name for them
	groups    map[string]group
	quorum    string
}

// group is reached when at least k of its members are.
type group struct {
	k       int
	members []string
}

const quorumNone = "none"

// parseLogPolicy reads the lines of a tlog-policy.
func parseLogPolicy(lines []string) (*logPolicy, error) {
	p := &logPolicy{witnesses: map[string]*vkey{}, groups: map[string]group{}}
	used := map[string]bool{} // public keys, so that none counts twice
	member := map[string]bool{}
	for i, line := range lines {
		if err := p.line(line, used, member); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if p.quorum == "" {
		return nil, errors.New("no quorum line; “quorum none” asks for no witness")
	}
	if len(p.logs) > maxMembers || len(p.witnesses) > maxMembers || len(p.groups) > maxMembers {
		return nil, fmt.Errorf("more than %d logs, witnesses or groups", maxMembers)
	}
	return p, nil
}

func (p *logPolicy) line(line string, used, member map[string]bool) error {
	for i := range len(line) {
		if c := line[i]; c < 0x20 && c != '\t' || c == 0x7f {
			return fmt.Errorf("control character %#x", c)
		}
	}
	f := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(f) == 0 || strings.HasPrefix(f[0], "#") {
		return nil
	}
	switch {
	case f[0] == "log" && (len(f) == 2 || len(f) == 3):
		k, err := parseVKey(f[1])
		if err != nil {
			return err
		}
		if used["log "+string(k.pub)] {
			return fmt.Errorf("log %s: its key stands here twice", k.name)
		}
		used["log "+string(k.pub)] = true
		p.logs = append(p.logs, k)
	case f[0] == "witness" && (len(f) == 3 || len(f) == 4):
		k, err := parseVKey(f[2])
		if err != nil {
			return err
		}
		if k.alg == algEd25519 {
			return fmt.Errorf("witness %s: its key is not one for cosignatures", f[1])
		}
		if used["witness "+string(k.pub)] {
			return fmt.Errorf("witness %s: its key stands here twice", f[1])
		}
		used["witness "+string(k.pub)] = true
		if err := p.free(f[1]); err != nil {
			return err
		}
		p.witnesses[f[1]] = &k
	case f[0] == "group" && len(f) >= 4:
		return p.addGroup(f, member)
	case f[0] == "quorum" && len(f) == 2:
		if p.quorum != "" {
			return errors.New("a second quorum line")
		}
		if f[1] != quorumNone && !p.known(f[1]) {
			return fmt.Errorf("quorum %.60q is not defined above", f[1])
		}
		p.quorum = f[1]
	default:
		return fmt.Errorf("%.80q is no log, witness, group or quorum line", line)
	}
	return nil
}

func (p *logPolicy) addGroup(f []string, member map[string]bool) error {
	if err := p.free(f[1]); err != nil {
		return err
	}
	g := group{members: f[3:]}
	switch f[2] {
	case "any":
		g.k = 1
	case "all":
		g.k = len(g.members)
	default:
		k, err := parseDecimal(f[2])
		if err != nil || k < 1 || k > int64(len(g.members)) {
			return fmt.Errorf("group %s: %.20q is not any, all or a number from 1 to %d", f[1], f[2], len(g.members))
		}
		g.k = int(k)
	}
	for _, m := range g.members {
		if !p.known(m) {
			return fmt.Errorf("group %s: %.60q is not defined above", f[1], m)
		}
		if member[m] {
			return fmt.Errorf("group %s: %.60q is already a member of a group", f[1], m)
		}
		member[m] = true
	}
	p.groups[f[1]] = g
	return nil
}

func (p *logPolicy) known(name string) bool {
	_, group := p.groups[name]
	return group || p.witnesses[name] != nil
}

func (p *logPolicy) free(name string) error {
	if name == quorumNone || p.known(name) {
		return fmt.Errorf("the name %.60q is taken", name)
	}
	return nil
}

// reached says whether a witness or group is reached by the witnesses seen.
func (p *logPolicy) reached(name string, seen map[string]bool) bool {
	if name == quorumNone {
		return true
	}
	g, ok := p.groups[name]
	if !ok {
		return seen[name]
	}
	n := 0
	for _, m := range g.members {
		if p.reached(m, seen) {
			n++
		}
	}
	return n >= g.k
}
