package dossier

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"
)

// Limits on files of an exported log.
const (
	maxBundle = tileWidth * (2 + 200)
	maxStamps = 100_000 // cosigned checkpoints and tokens, each
)

// CheckLog walks an exported log (docs/format/log.md): every entry and tile, the checkpoint, the checkpoints that were
// cosigned, the time-stamps, and checkpoints that were seen before. It finds what was edited, deleted, reordered, put
// in twice or back-dated, a log that was rolled back, and one that showed different people different things.
func CheckLog(ctx context.Context, fsys fs.FS, policy *Policy, o Options) Report {
	r := newResult()
	t, err := compilePolicy(policy)
	if err != nil {
		r.fault(ClassTrust, "policy", "%v", err)
		return r.report(o.Name, "log", true)
	}
	c := &logCheck{ctx: ctx, fsys: fsys, r: r, trust: t, o: o}
	c.run()
	return r.report(o.Name, "log", policy != nil)
}

// compilePolicy makes a policy ready; nil trusts nobody.
func compilePolicy(p *Policy) (*trust, error) {
	if p == nil {
		p = &Policy{}
	}
	return p.compile()
}

// logCheck is one walk of a log.
type logCheck struct {
	ctx   context.Context
	fsys  fs.FS
	r     *result
	trust *trust
	o     Options

	head  *checkpoint
	marks []mark    // checkpoints known from elsewhere, smallest first
	seen  []stamped // times at which a checkpoint was seen outside
	found map[[16]byte]int64
}

// mark is a checkpoint that the log must contain.
type mark struct {
	*checkpoint
	where string
	raw   []byte
}

func (c *logCheck) run() {
	if !c.readHead() {
		return
	}
	c.readMarks()
	c.readStamps()
	c.compareMarks()
	c.walk()
	c.conclude()
}

// readHead reads the log's current checkpoint.
func (c *logCheck) readHead() bool {
	raw, err := readFile(c.fsys, "checkpoint", maxNote)
	if err != nil {
		c.r.fault(ClassContainer, "checkpoint", "%v", err)
		return false
	}
	c.r.count(ClassContainer, 1)
	if c.head, err = parseCheckpoint(raw); err != nil {
		c.r.fault(ClassProof, "checkpoint", "%v", err)
		return false
	}
	c.readKeys()
	c.judge(c.head, "checkpoint", true)
	c.marks = append(c.marks, mark{c.head, "checkpoint", raw})
	return true
}

// readKeys reads the keys that the log says are its own, if it does. They make nobody trust it, but a signature by one
// of them must hold, and one of them must have signed.
func (c *logCheck) readKeys() {
	raw, err := readFile(c.fsys, "key.pub", maxPolicy)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	own := &logPolicy{quorum: quorumNone}
	for line := range strings.Lines(string(raw)) {
		var k vkey
		if k, err = parseVKey(strings.TrimSuffix(line, "\n")); err != nil {
			break
		}
		own.logs = append(own.logs, k)
	}
	c.r.count(ClassProof, 1)
	if err != nil || !bytes.HasSuffix(raw, []byte("\n")) {
		c.r.fault(ClassProof, "key.pub", "not one key a line: %v", err)
		return
	}
	s, bad := own.judge(c.head)
	for _, err := range bad {
		c.r.fault(ClassProof, "checkpoint", "%v", err)
	}
	if len(s.logs) == 0 {
		c.r.fault(ClassProof, "key.pub", "none of these keys signed the checkpoint")
	}
}

// judge checks the signatures on a checkpoint, and takes down when witnesses saw it.
func (c *logCheck) judge(k *checkpoint, where string, current bool) {
	c.r.count(ClassProof, 1)
	s, bad := c.trust.log.judge(k)
	for _, err := range bad {
		c.r.fault(ClassProof, where, "%v", err)
	}
	for _, w := range s.cosigs {
		if w.at == 0 {
			continue
		}
		c.seen = append(c.seen, stamped{k.size, w.at, w.witness})
		if current && c.o.Now != nil && w.at > c.o.Now().Add(skew).Unix() {
			c.r.fault(ClassTimestamp, where, "the cosignature of %s is from the future: %s", w.witness, utc(w.at))
		}
	}
	if c.trust.log == nil || len(bad) > 0 {
		return
	}
	switch {
	case len(s.logs) == 0:
		c.r.fault(ClassTrust, where, "not signed by a log that the policy trusts: its origin is %q", k.origin)
	case current && !s.quorum:
		c.r.fault(ClassTrust, where, "cosigned by %d trusted witnesses, which is not the quorum %q that the policy asks for", len(s.cosigs), c.trust.log.quorum)
	case current:
		c.r.count(ClassTrust, 1)
	}
}

// readMarks reads the checkpoints that were cosigned, and those that the caller has seen before.
func (c *logCheck) readMarks() {
	for _, name := range c.list("cosigned") {
		where := path.Join("cosigned", name)
		raw, err := readFile(c.fsys, where, maxNote)
		if err == nil {
			var k *checkpoint
			if k, err = parseCheckpoint(raw); err == nil {
				if name != fmt.Sprint(k.size) {
					err = fmt.Errorf("it holds a checkpoint of size %d", k.size)
				}
				c.addMark(k, where, raw)
			}
		}
		if err != nil {
			c.r.fault(ClassProof, where, "%v", err)
		}
	}
	for i, raw := range c.o.Earlier {
		where := fmt.Sprintf("earlier checkpoint %d", i+1)
		k, err := parseCheckpoint(raw)
		if err != nil {
			c.r.fault(ClassProof, where, "%v", err)
			continue
		}
		c.addMark(k, where, raw)
	}
}

func (c *logCheck) addMark(k *checkpoint, where string, raw []byte) {
	if k.origin != c.head.origin {
		c.r.fault(ClassProof, where, "it is of another log: %q", k.origin)
		return
	}
	c.judge(k, where, false)
	c.marks = append(c.marks, mark{k, where, raw})
}

// list returns the names in a folder of the log, none when it is not there.
func (c *logCheck) list(dir string) []string {
	entries, err := fs.ReadDir(c.fsys, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.r.fault(ClassContainer, dir, "%v", err)
	}
	if len(entries) > maxStamps {
		c.r.fault(ClassContainer, dir, "%d files, the limit is %d", len(entries), maxStamps)
		entries = entries[:maxStamps]
	}
	var out []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			out = append(out, e.Name())
		}
	}
	return out
}

// readStamps checks the time-stamp tokens: stamps/<size>-<authority>.tsr.
func (c *logCheck) readStamps() {
	sound, trusted := 0, 0
	for _, name := range c.list("stamps") {
		where := path.Join("stamps", name)
		digits, _, ok := strings.Cut(strings.TrimSuffix(name, ".tsr"), "-")
		size, err := parseDecimal(digits)
		if !ok || err != nil || !strings.HasSuffix(name, ".tsr") {
			c.r.fault(ClassTimestamp, where, "its name is not SIZE-AUTHORITY.tsr")
			continue
		}
		c.r.count(ClassTimestamp, 1)
		der, err := readFile(c.fsys, where, maxToken)
		if err != nil {
			c.r.fault(ClassTimestamp, where, "%v", err)
			continue
		}
		s, err := parseToken(der)
		if err != nil {
			c.r.fault(ClassTimestamp, where, "%v", err)
			continue
		}
		if !slices.ContainsFunc(c.marks, func(m mark) bool { return m.size == size && s.over([]byte(m.text)) == nil }) {
			c.r.fault(ClassTimestamp, where, "it stamps no checkpoint of size %d that is here", size)
			continue
		}
		sound++
		if c.trust.tsaRoots != nil && s.chains(c.trust.tsaRoots) == nil {
			trusted++
		} else if c.trust.tsaRoots != nil {
			continue
		}
		c.seen = append(c.seen, stamped{size, s.at.Unix(), s.signer.Subject.CommonName})
	}
	if (c.trust.require[RequireTimestamp] || c.trust.tsaRoots != nil && sound > 0) && trusted == 0 {
		c.r.fault(ClassTrust, "stamps", "no time-stamp by an authority that the policy trusts")
	}
}

// compareMarks finds checkpoints that cannot be of one log.
func (c *logCheck) compareMarks() {
	slices.SortStableFunc(c.marks, func(a, b mark) int { return cmp.Compare(a.size, b.size) })
	for i, m := range c.marks {
		if m.size > c.head.size {
			c.r.fault(ClassProof, m.where, "rolled back: a checkpoint of %d entries was signed, and the log has %d", m.size, c.head.size)
		}
		if i > 0 && m.size == c.marks[i-1].size && m.root != c.marks[i-1].root {
			c.r.fault(ClassProof, m.where, "forked: another root than %s for the same %d entries", c.marks[i-1].where, m.size)
		}
	}
}

// conclude says what the walk proves.
func (c *logCheck) conclude() {
	c.r.proves("The log %q has %d entries, and they are exactly those that its checkpoint commits to.", c.head.origin, c.head.size)
	if n := len(c.marks) - 1; n > 0 {
		c.r.proves("It contains everything that %d other checkpoints, cosigned or seen before, had committed to, in the same order.", n)
	} else {
		c.r.leaves("No checkpoint seen before was given: that nothing was taken away since is not shown.")
	}
	if len(c.seen) == 0 {
		c.r.leaves("No time-stamp and no witness says when any of it existed: the times in the log are its operator's word.")
	} else {
		last := slices.MaxFunc(c.seen, func(a, b stamped) int { return cmp.Compare(a.size, b.size) })
		c.r.proves("The first %d entries existed no later than %s (%s).", last.size, utc(last.at), last.by)
	}
	if c.trust.log == nil {
		c.r.leaves("No policy was given: nothing says whose log this is, nor that others were shown the same.")
	} else if c.trust.log.quorum == quorumNone {
		c.r.leaves("The policy asks for no witness: that others were shown the same log is not shown.")
	}
	c.r.leaves("That what was logged is true, or was genuine, is not proved: only its bytes, their order, and times not later than stated.")
}

// timeLimits says, for a walk over ascending indexes, between which times a leaf may claim to lie.
type timeLimits struct {
	sizes  []int64 // ascending
	before []int64 // latest time by which a checkpoint no larger than sizes[i] was seen
	after  []int64 // earliest time at which a checkpoint of sizes[i] or more was seen
	next   int
}

func newTimeLimits(seen []stamped) *timeLimits {
	seen = slices.Clone(seen)
	slices.SortFunc(seen, func(a, b stamped) int { return cmp.Or(cmp.Compare(a.size, b.size), cmp.Compare(a.at, b.at)) })
	t := &timeLimits{}
	most := int64(math.MinInt64)
	for _, s := range seen {
		most = max(most, s.at)
		t.sizes, t.before, t.after = append(t.sizes, s.size), append(t.before, most), append(t.after, s.at)
	}
	for i := len(t.after) - 2; i >= 0; i-- {
		t.after[i] = min(t.after[i], t.after[i+1])
	}
	return t
}

// at returns the limits for a leaf: seconds since 1970 it must not lie before, and must not lie after.
func (t *timeLimits) at(index int64) (low, high int64) {
	for t.next < len(t.sizes) && t.sizes[t.next] <= index {
		t.next++
	}
	low, high = math.MinInt64, math.MaxInt64
	if t.next > 0 {
		low = t.before[t.next-1]
	}
	if t.next < len(t.sizes) {
		high = t.after[t.next]
	}
	return low, high
}

// readFile reads a whole file of at most max bytes.
func readFile(fsys fs.FS, name string, max int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, max+1))
	if err == nil && int64(len(b)) > max {
		err = fmt.Errorf("%s: more than the limit of %d bytes", name, max)
	}
	return b, err
}
