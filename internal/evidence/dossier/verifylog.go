package dossier

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"time"
)

// log checks the checkpoint, every proof and every token.
func (v *verification) log() {
	l := &v.m.Dossier.Log
	if l.Origin == "" {
		v.r.leaves("It rests on no log: nothing says in which order things were learnt, nor when.")
		return
	}
	raw, err := v.read(checkpointPath, maxNote)
	if err == nil {
		v.head, err = parseCheckpoint(raw)
	}
	if err != nil {
		v.head = nil
		v.r.fault(ClassProof, checkpointPath, "%v", err)
		return
	}
	v.r.count(ClassProof, 1)
	if v.head.origin != l.Origin || v.head.size != l.Size {
		v.r.fault(ClassConsistency, checkpointPath, "it is of the log %q with %d entries, and the manifest says %q with %d", v.head.origin, v.head.size, l.Origin, l.Size)
	}
	v.judgeCheckpoint()
	v.proofs(raw)
	v.tokens()
	if len(l.Proofs) == 0 {
		v.r.proves("The dossier is no older than the log %q was at its entry %d; nothing in it is an entry of the log.", l.Origin, l.Size)
		return
	}
	v.r.proves("%d things were in the log %q among its first %d entries.", len(l.Proofs), l.Origin, l.Size)
}

// judgeCheckpoint checks the signatures on the checkpoint, by the reader's policy or, for their soundness only, by the
// one that the publisher suggests.
func (v *verification) judgeCheckpoint() {
	p := v.trust.log
	if p == nil {
		p = v.suggested()
	}
	s, bad := p.judge(v.head)
	for _, err := range bad {
		v.r.fault(ClassProof, checkpointPath, "%v", err)
	}
	for _, w := range s.cosigs {
		if w.at != 0 {
			v.outside(w.at, "the witness "+w.witness, checkpointPath)
		}
	}
	if v.trust.log == nil || len(bad) > 0 {
		return
	}
	switch {
	case len(s.logs) == 0:
		v.r.fault(ClassTrust, checkpointPath, "not signed by a log that the policy trusts: its origin is %q", v.head.origin)
	case !s.quorum:
		v.r.fault(ClassTrust, checkpointPath, "cosigned by %d trusted witnesses, which is not the quorum %q that the policy asks for", len(s.cosigs), v.trust.log.quorum)
	default:
		v.trusted.log = true
		v.r.count(ClassTrust, 1)
		v.r.proves("The log's checkpoint is signed by a log that the policy trusts, and cosigned by %d of its witnesses.", len(s.cosigs))
	}
	if v.trust.log.quorum == quorumNone {
		v.r.leaves("The policy asks for no witness: that the log showed everybody the same is not shown.")
	}
}

// suggested returns the log's part of the policy that the publisher suggests; nil for none.
func (v *verification) suggested() *logPolicy {
	if v.entries[policyPath] == nil {
		return nil
	}
	raw, err := v.read(policyPath, maxPolicy)
	if err == nil {
		var p *Policy
		if p, err = ParsePolicy(raw); err == nil {
			t, _ := p.compile()
			return t.log
		}
	}
	v.r.fault(ClassPackage, policyPath, "%v", err)
	return nil
}

// outside takes down that somebody outside the log saw the checkpoint at a time, in Unix seconds.
func (v *verification) outside(at int64, by, where string) {
	t := time.Unix(at, 0).UTC()
	v.r.count(ClassTimestamp, 1)
	if v.o.Now != nil && t.After(v.o.Now().Add(skew)) {
		v.r.fault(ClassTimestamp, where, "%s dates it into the future: %s", by, utc(at))
	}
	if created := v.m.Dossier.Created; t.After(created.Add(skew)) {
		v.r.fault(ClassTimestamp, where, "back-dated: %s saw it at %s, and the dossier that holds it claims to be frozen at %s", by, utc(at), utc(created.Unix()))
	}
	for i := range v.m.Dossier.Log.Proofs {
		if p := &v.m.Dossier.Log.Proofs[i]; p.At.Unix() > at+int64(skew/time.Second) {
			v.r.fault(ClassTimestamp, p.path(), "the leaf claims %s, and %s had seen it in the checkpoint at %s", utc(p.At.Unix()), by, utc(at))
		}
	}
}

// proofs recomputes every proof.
func (v *verification) proofs(head []byte) {
	known := map[string]bool{string(head): true} // notes whose signatures were judged
	taken := map[int64]string{}
	for i := range v.m.Dossier.Log.Proofs {
		p := &v.m.Dossier.Log.Proofs[i]
		if v.entries[p.path()] == nil {
			continue // told by files
		}
		v.r.count(ClassProof, 1)
		if err := v.proof(p, known); err != nil {
			v.r.fault(ClassProof, p.path(), "%v", err)
		}
		if other := taken[p.Index]; other != "" {
			v.r.fault(ClassProof, p.path(), "it claims the same entry %d as %s", p.Index, other)
		}
		taken[p.Index] = p.path()
	}
	v.order()
}

// order checks that the log's times do not decrease.
func (v *verification) order() {
	sorted := slices.Clone(v.m.Dossier.Log.Proofs)
	slices.SortFunc(sorted, func(a, b Proof) int { return cmp.Compare(a.Index, b.Index) })
	for i := 1; i < len(sorted); i++ {
		if a, b := &sorted[i-1], &sorted[i]; b.At.Before(a.At) {
			v.r.fault(ClassTimestamp, b.path(), "entry %d claims %s, which is earlier than entry %d", b.Index, utc(b.At.Unix()), a.Index)
		}
	}
}

func (v *verification) proof(p *Proof, known map[string]bool) error {
	raw, err := v.read(p.path(), maxProof)
	if err != nil {
		return err
	}
	got, err := parseProof(raw)
	if err != nil {
		return err
	}
	sum, err := parseHash(p.SHA256)
	if err != nil {
		return err
	}
	l := leaf{kind: p.Kind, at: p.At.Unix(), sum: sum}
	switch {
	case got.at.text != v.head.text:
		return fmt.Errorf("it leads to another checkpoint than %s", checkpointPath)
	case got.index != p.Index:
		return fmt.Errorf("it is of entry %d, and the manifest says %d", got.index, p.Index)
	case len(got.extra) > 0 && !bytes.Equal(got.extra, l.data()):
		return fmt.Errorf("it is of the leaf %.120q, and the manifest says %.120q", got.extra, l.data())
	}
	if _, note, ok := bytes.Cut(raw, []byte("\n\n")); ok && !known[string(note)] {
		known[string(note)] = true
		policy := v.trust.log
		if _, bad := policy.judge(got.at); len(bad) > 0 {
			return bad[0]
		}
	}
	return verifyInclusion(got.index, got.at.size, leafHash(l.data()), got.hashes, got.at.root)
}

// tokens checks every time-stamp of the checkpoint: its imprint is the hash of the checkpoint's text.
func (v *verification) tokens() {
	for i := range v.m.Dossier.Log.Tokens {
		t := &v.m.Dossier.Log.Tokens[i]
		if v.entries[t.path()] == nil {
			continue // told by files
		}
		v.r.count(ClassTimestamp, 1)
		der, err := v.read(t.path(), maxToken)
		var s *stamp
		if err == nil {
			s, err = parseToken(der)
		}
		if err == nil {
			err = s.over([]byte(v.head.text))
		}
		if err != nil {
			v.r.fault(ClassTimestamp, t.path(), "%v", err)
			continue
		}
		by := "the authority " + s.signer.Subject.CommonName
		v.outside(s.at.Unix(), by, t.path())
		switch {
		case v.trust.tsaRoots == nil:
			v.r.proves("According to %s, all that was in the log existed no later than %s; no policy says whether that authority is to be believed.", by, utc(s.at.Unix()))
		case s.chains(v.trust.tsaRoots) != nil:
			v.r.leaves("The time-stamp %s is by an authority that the policy does not trust: it counts for nothing.", t.Name)
		default:
			v.trusted.timestamp = true
			v.r.count(ClassTrust, 1)
			v.r.proves("All that was in the log existed no later than %s, by %s, which the policy trusts.", utc(s.at.Unix()), by)
		}
	}
	if len(v.m.Dossier.Log.Tokens) == 0 {
		v.r.leaves("No time-stamp authority says when any of it existed: times are the log's own word.")
	} else if v.trust.tsaRoots != nil && !v.trusted.timestamp && !v.trust.require[RequireTimestamp] {
		v.r.fault(ClassTrust, "dossier/log/tokens", "no time-stamp is by an authority that the policy trusts")
	}
}

// times checks that what the dossier says of times does not contradict itself.
func (v *verification) times() {
	c := &v.m.Dossier
	logged := map[string]time.Time{}
	for i := range c.Log.Proofs {
		p := &c.Log.Proofs[i]
		v.r.count(ClassTimestamp, 1)
		if p.At.After(c.Created.Add(skew)) {
			v.r.fault(ClassTimestamp, p.path(), "logged at %s, after the dossier claims to be frozen: %s", utc(p.At.Unix()), utc(c.Created.Unix()))
		}
		if p.Kind == "capture" {
			logged[p.SHA256] = p.At
		}
	}
	for i := range c.Captures {
		k := &c.Captures[i]
		if k.Taken.After(c.Created.Add(skew)) {
			v.r.fault(ClassTimestamp, "capture "+k.SHA256, "taken at %s, after the dossier claims to be frozen", utc(k.Taken.Unix()))
		}
		if at, ok := logged[k.SHA256]; ok && k.Taken.After(at.Add(skew)) {
			v.r.fault(ClassTimestamp, "capture "+k.SHA256, "logged at %s, before it was taken: %s", utc(at.Unix()), utc(k.Taken.Unix()))
		}
	}
	v.written()
	if v.o.Now != nil && c.Created.After(v.o.Now().Add(skew)) {
		v.r.fault(ClassTimestamp, manifestPath, "frozen in the future: %s", utc(c.Created.Unix()))
	}
	if s := v.wacz.Signer; s != nil {
		for _, at := range []time.Time{s.Created, s.Stamped} {
			if !at.IsZero() && at.Before(c.Created.Add(-skew)) {
				v.r.fault(ClassTimestamp, "datapackage-digest.json", "signed at %s, before the dossier claims to be frozen: %s", utc(at.Unix()), utc(c.Created.Unix()))
			}
		}
	}
}

// written checks that nobody weighed, looked or left out after the dossier was frozen. Such times are often days, in
// the zone of who wrote them: a day is allowed.
func (v *verification) written() {
	c := &v.m.Dossier
	last := c.Created.Add(24 * time.Hour)
	late := func(list, id string, at time.Time) {
		if at.After(last) {
			v.r.fault(ClassTimestamp, manifestPath+"#/dossier/"+list, "%s is of %s, after the dossier claims to be frozen", id, utc(at.Unix()))
		}
	}
	for i := range c.Evidence {
		late("evidence", c.Evidence[i].ID, c.Evidence[i].When)
	}
	for i := range c.Absences {
		late("absences", c.Absences[i].ID, c.Absences[i].When)
	}
	for i := range c.Redactions {
		late("redactions", c.Redactions[i].What, c.Redactions[i].When)
	}
}

// loose says whether a proof is of something that is no package, such as a raw measurement or a list.
func loose(proof []byte) bool {
	p, err := parseProof(proof)
	if err != nil {
		return false
	}
	l, err := parseLeaf(p.extra)
	return err == nil && l.kind != "dossier" && l.kind != "capture"
}

// logged checks any file against the proof that a log has it.
func (v *verification) logged() Report {
	v.sidecar("object", "event", "incident")
	v.r.leaves("What the file says was not looked at: only that a log learnt of exactly these bytes.")
	return v.r.report(v.o.Name, "file", v.trust.log != nil)
}

// sidecar checks a proof that the file itself is in the log, as a leaf of one of the kinds.
func (v *verification) sidecar(kinds ...string) {
	if v.o.Proof == nil {
		return
	}
	const where = "the proof beside the file"
	v.r.count(ClassProof, 1)
	p, err := parseProof(v.o.Proof)
	if err != nil {
		v.r.fault(ClassProof, where, "%v", err)
		return
	}
	l, err := parseLeaf(p.extra)
	if err != nil {
		v.r.fault(ClassProof, where, "it does not hold its leaf: %v", err)
		return
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(v.file, 0, v.size)); err != nil {
		v.r.fault(ClassContainer, v.o.Name, "%v", err)
		return
	}
	if hash(h.Sum(nil)) != l.sum || !slices.Contains(kinds, l.kind) {
		v.r.fault(ClassProof, where, "it is of the %s %s, and this file has SHA-256 %x", l.kind, l.sum, h.Sum(nil))
		return
	}
	if err := verifyInclusion(p.index, p.at.size, leafHash(p.extra), p.hashes, p.at.root); err != nil {
		v.r.fault(ClassProof, where, "%v", err)
		return
	}
	s, bad := v.trust.log.judge(p.at)
	for _, err := range bad {
		v.r.fault(ClassProof, where, "%v", err)
	}
	switch {
	case v.trust.log == nil || len(bad) > 0:
	case len(s.logs) == 0 || !s.quorum:
		v.r.fault(ClassTrust, where, "its checkpoint is not signed by a trusted log and cosigned by a quorum of witnesses, as the policy asks")
	default:
		v.r.count(ClassTrust, 1)
	}
	v.r.proves("This very file is entry %d of the log %q, which says that it learnt it at %s.", p.index, p.at.origin, utc(l.at))
}

// conclude says what was proved as a whole, and what cannot be.
func (v *verification) conclude(kind string) {
	if v.m != nil {
		v.r.proves("The dossier holds exactly the %d files that its manifest names, each with the hash stated there.", len(v.m.Files))
		if n := len(v.m.Dossier.Redactions); n > 0 {
			v.r.leaves("%d things were left out; the record of redactions says which and why, not what they said.", n)
		}
	} else if kind == "wacz" {
		v.r.proves("It is a sound WACZ: %d records have the digests stated, and the index leads to each.", v.wacz.Records)
	}
	if v.policy == nil {
		if s := v.wacz.Signer; s != nil {
			v.r.leaves("It is signed by %s; no policy was given, so nothing says who that is.", signerName(s))
		} else {
			v.r.leaves("It is not signed: nothing says who made it.")
		}
	}
	v.r.leaves("That a page was genuine, that a measurement was honest or that a claim is true is not proved: only bytes, their order, and times not later than stated.")
}
