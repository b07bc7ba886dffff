package dossier

import (
	"archive/zip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"veedor/internal/evidence/wacz"
)

// Options are what a verification may be told.
type Options struct {
	Name     string               // of the file, for the report
	Now      func() time.Time     // nil for no clock: nothing is then too far in the future
	Earlier  [][]byte             // CheckLog: checkpoints of the log seen before
	Proof    []byte               // Verify: a tlog-proof of the file itself
	Progress func(done, of int64) // bytes, or entries of a log; may be nil, and is called from one goroutine at a time
}

// Verify checks a dossier offline. Of a WACZ that is no dossier it checks what a WACZ must be, and of a file beside a proof
// that is of no package only that these are the bytes that the log learnt of. policy may be nil:
// then integrity is checked, and nothing says who made it.
func Verify(ctx context.Context, r io.ReaderAt, size int64, policy *Policy, o Options) Report {
	res := newResult()
	t, err := compilePolicy(policy)
	if err != nil {
		res.fault(ClassTrust, "policy", "%v", err)
		return res.report(o.Name, "wacz", true)
	}
	v := &verification{ctx: ctx, r: res, trust: t, policy: policy, o: o, file: r, size: size}
	if o.Proof != nil && loose(o.Proof) {
		return v.logged()
	}
	v.container()
	kind := "wacz"
	if v.entries[manifestPath] != nil {
		kind = "dossier"
		v.dossier()
	}
	v.sidecar("dossier", "capture")
	v.signer()
	v.conclude(kind)
	if err := ctx.Err(); err != nil {
		res.fault(ClassContainer, o.Name, "stopped before everything was checked: %v", err)
	}
	return res.report(o.Name, kind, policy != nil || kind != "dossier")
}

// verification is the work on one package.
type verification struct {
	ctx    context.Context
	r      *result
	trust  *trust
	policy *Policy
	o      Options
	file   io.ReaderAt
	size   int64

	zip     *zip.Reader
	entries map[string]*zip.File
	wacz    wacz.Report
	m       *Manifest
	head    *checkpoint     // of the log, when there is one that can be read
	hidden  map[string]bool // hashes of what is withheld
	trusted struct{ log, timestamp bool }
}

// container checks the file as a WACZ.
func (v *verification) container() {
	v.wacz = checkWACZ(v.ctx, v.file, v.size, v.trust)
	v.takeWACZ("", &v.wacz)
	var err error
	if v.zip, err = zip.NewReader(v.file, v.size); err != nil {
		if !v.r.bad(ClassContainer) {
			v.r.fault(ClassContainer, "zip", "%v", err)
		}
		return
	}
	v.entries = map[string]*zip.File{}
	for _, f := range v.zip.File {
		if v.entries[f.Name] != nil && !v.r.bad(ClassContainer) {
			v.r.fault(ClassContainer, f.Name, "stands there twice")
		}
		v.entries[f.Name] = f
	}
}

// takeWACZ takes over what was found in a WACZ; within names the one that lies in another.
func (v *verification) takeWACZ(within string, rep *wacz.Report) {
	for _, f := range rep.Faults {
		v.r.fault(waczClass(f), within+f.Where, "%s", f.What)
	}
	if rep.More > 0 {
		v.r.fault(ClassPackage, within, "%d further faults", rep.More)
	}
	v.r.count(ClassContainer, 1)
	v.r.count(ClassPackage, max(1, rep.Resources))
	v.r.count(ClassWARC, rep.Records+rep.Lines+rep.Pages)
	if rep.Signer != nil && within == "" {
		v.r.count(ClassSignature, 1)
	}
}

// waczClass says under which of our classes a fault of a WACZ falls. There, bytes that have not the hash which
// datapackage.json states are a fault of the package, and a time-stamp that does not hold is one of the signature.
func waczClass(f wacz.Fault) Class {
	switch f.Class {
	case wacz.ClassZIP:
		return ClassContainer
	case wacz.ClassWARC, wacz.ClassIndex, wacz.ClassPages:
		return ClassWARC
	case wacz.ClassDigest:
		return ClassHash
	case wacz.ClassSignature:
		if strings.Contains(f.What, "timeSignature:") || strings.Contains(f.What, "of its time-stamp;") {
			return ClassTimestamp
		}
		return ClassSignature
	}
	if strings.Contains(f.What, "have the hash") {
		return ClassHash
	}
	return ClassPackage
}

// read returns the whole content of an entry.
func (v *verification) read(path string, max int64) ([]byte, error) {
	f := v.entries[path]
	if f == nil {
		return nil, errors.New("it is not there")
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, max+1))
	if err == nil && int64(len(b)) > max {
		err = fmt.Errorf("more than the limit of %d bytes", max)
	}
	return b, err
}

// dossier checks everything that makes a WACZ a dossier.
func (v *verification) dossier() {
	raw, err := v.read(manifestPath, maxManifest)
	if err == nil {
		v.m, err = decodeManifest(raw)
	}
	if err != nil {
		v.r.fault(ClassPackage, manifestPath, "%v", err)
		return
	}
	v.r.count(ClassPackage, 1)
	v.r.count(ClassContainer, 1)
	if err := checkLayout(v.file, v.size, v.zip, v.m.Dossier.Created); err != nil {
		v.r.fault(ClassContainer, "zip", "%v", err)
	}
	whole := true
	checkContent(&v.m.Dossier, func(c Class, where, format string, args ...any) {
		whole = whole && c != ClassPackage
		v.r.fault(c, manifestPath+"#/dossier"+where, format, args...)
	})
	c := &v.m.Dossier
	v.r.count(ClassConsistency, len(c.Claims)+len(c.Evidence)+len(c.Findings)+len(c.Redactions))
	if !whole {
		return // what is out of form cannot be rendered or followed
	}
	v.files()
	v.contents()
	v.site()
	v.log()
	v.times()
}

// signer checks who signed the package, and whether the policy trusts them.
func (v *verification) signer() {
	s := v.wacz.Signer
	if s != nil && s.Domain != "" {
		v.stampedSignature()
	}
	if v.policy == nil {
		return
	}
	covers := len(v.trust.keys)+len(v.trust.domains) > 0
	switch {
	case s == nil && (covers || v.trust.require[RequireSignature]):
		v.r.fault(ClassTrust, "datapackage-digest.json", "the package is not signed")
	case s == nil || !covers && !v.trust.require[RequireSignature]:
	case !v.trustsSigner(s):
		v.r.fault(ClassTrust, "datapackage-digest.json", "signed by %s, whom the policy does not trust", signerName(s))
	default:
		v.r.count(ClassTrust, 1)
		v.r.proves("The package was signed by %s, whom the policy trusts.", signerName(s))
	}
	if v.trust.require[RequireLog] && !v.trusted.log && v.m != nil {
		v.r.fault(ClassTrust, checkpointPath, "the policy asks for a log that it trusts, and there is none")
	}
	if v.trust.require[RequireTimestamp] && !v.trusted.timestamp && v.m != nil {
		v.r.fault(ClassTrust, "dossier/log/tokens", "the policy asks for a time-stamp by an authority that it trusts, and there is none")
	}
}

// stampedSignature checks the time-stamp of a domain's signature by this room's own rules.
func (v *verification) stampedSignature() {
	const path = "datapackage-digest.json"
	v.r.count(ClassTimestamp, 1)
	raw, err := v.read(path, maxPolicy)
	var got struct {
		SignedData struct{ Signature, TimeSignature string }
	}
	if err == nil {
		err = json.Unmarshal(raw, &got)
	}
	var der []byte
	if err == nil {
		der, err = base64.StdEncoding.DecodeString(got.SignedData.TimeSignature)
	}
	var s *stamp
	if err == nil {
		s, err = parseToken(der)
	}
	if err == nil {
		err = s.over([]byte(got.SignedData.Signature))
	}
	if err != nil {
		v.r.fault(ClassTimestamp, path, "%v", err)
	}
}

func (v *verification) trustsSigner(s *wacz.Signer) bool {
	if s.Domain == "" {
		return v.trust.keys[s.Key]
	}
	for _, d := range v.trust.domains {
		if d == s.Domain {
			return s.Rooted
		}
	}
	return false
}

func signerName(s *wacz.Signer) string {
	if s.Domain != "" {
		return "the domain " + s.Domain
	}
	return "the key with SHA-256 " + s.Key
}

// checkWACZ checks a WACZ with the roots that the policy trusts.
func checkWACZ(ctx context.Context, r io.ReaderAt, size int64, t *trust) wacz.Report {
	return wacz.Check(ctx, r, size, wacz.Options{Roots: wacz.Roots{Domain: t.roots, Timestamp: t.tsaRoots}, MaxFaults: maxFaults})
}

// VerifyWARC checks a WARC file of anybody's, plain or with every record a gzip member. Nothing in a WARC says who
// made it: a policy that asks for a signature is not satisfied.
func VerifyWARC(ctx context.Context, r io.Reader, size int64, policy *Policy, o Options) Report {
	res := newResult()
	t, err := compilePolicy(policy)
	if err != nil {
		res.fault(ClassTrust, "policy", "%v", err)
		return res.report(o.Name, "warc", true)
	}
	rep := wacz.CheckWARC(ctx, r, wacz.Options{MaxFaults: maxFaults, Progress: func(done, _ int64) {
		if o.Progress != nil {
			o.Progress(done, size)
		}
	}})
	for _, f := range rep.Faults {
		res.fault(waczClass(f), f.Where, "%s", f.What)
	}
	if rep.More > 0 {
		res.fault(ClassWARC, o.Name, "%d further faults", rep.More)
	}
	res.count(ClassWARC, rep.Records)
	if t.require[RequireSignature] {
		res.fault(ClassTrust, o.Name, "a WARC file is not signed, and the policy asks for a signature")
	}
	res.proves("It holds %d records, each as long as it says and with the digests it states.", rep.Records)
	res.leaves("Nothing in a WARC file says who made it, nor when, nor that a page was genuine.")
	return res.report(o.Name, "warc", true)
}
