package fault

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"time"

	"veedor/internal/evidence/dossier"
)

// Workshop has the keys, authorities and sound packages of one seed, of which packages with faults are made.
type Workshop workshop

type workshop struct {
	c        chance
	now      time.Time // the time of the whole bench
	key      *signer   // the publisher's key
	stray    *signer   // somebody else's key
	domain   *signer   // the publisher's domain, with a time-stamp authority
	packs    map[string]*pack
	content0 *made
	pressed  *pack
	ctx      context.Context
	ledger   *ledger
}

// NewWorkshop makes keys and authorities. The same seed makes the same packages.
func NewWorkshop(seed uint64) (*Workshop, error) {
	c := newChance(seed)
	w := &workshop{c: c, now: time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC), packs: map[string]*pack{}, ctx: context.Background()}
	w.key = &signer{key: c.key(), at: w.now, software: "generator"}
	w.stray = &signer{key: c.key(), at: w.now, software: "generator"}
	var err error
	w.domain, err = w.domainSigner(usage{name: "editora.example", server: true}, usage{name: "Time Authority", stamping: true})
	return (*Workshop)(w), err
}

// domainSigner makes a domain's certificate and a time-stamp authority. Zero times stand for a span around now.
func (w *workshop) domainSigner(domain, tsa usage) (*signer, error) {
	for _, u := range []*usage{&domain, &tsa} {
		if u.from.IsZero() {
			u.from, u.to = w.now.AddDate(0, -1, 0), w.now.AddDate(0, 2, 0)
		}
	}
	d, err := w.c.issue(domain)
	if err != nil {
		return nil, err
	}
	t, err := w.c.issue(tsa)
	if err != nil {
		return nil, err
	}
	return &signer{domain: d, tsa: t, at: w.now, stampAt: w.now.Add(3 * time.Second), software: "generator"}, nil
}

// policy trusts the publisher's key and domain and the authorities, and wants a signature.
func (w *workshop) policy() *dossier.Policy {
	return &dossier.Policy{
		Format: "veedor-policy/1",
		Keys:   []string{w.key.spki()}, Domains: []string{w.domain.domain.cert.DNSNames[0]},
		Roots: []string{w.domain.domain.rootPEM()}, TSARoots: []string{w.domain.tsa.rootPEM()},
	}
}

// spki is the public key as a policy names it.
func (s *signer) spki() string {
	b, err := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
	if err != nil {
		panic(err) // a P-256 key always can be
	}
	return base64.StdEncoding.EncodeToString(b)
}

// pack returns a fresh copy of a sound package: "plain", "gzip", "blocks", "domain" or "bare" (not signed).
func (w *workshop) pack(kind string) (*pack, error) {
	if p := w.packs[kind]; p != nil {
		return p.clone(), nil
	}
	s, who := shape{pages: 6, derived: true, extra: true}, w.key
	switch kind {
	case "plain":
		s.plain = true
	case "blocks":
		s.pages, s.compressed, s.files = 30, true, 2
	case "domain":
		who = w.domain
	case "bare":
		who = nil
	}
	site := w.c.site(s)
	for site.seen[site.url("/logo.png")] == nil || len(site.warcs[0].records) < 20 {
		site = w.c.site(s)
	}
	w.c.logo(site) // a revisit at least
	p, err := site.pack(who)
	if err != nil {
		return nil, err
	}
	w.packs[kind] = p
	return p.clone(), nil
}

// done makes a package of a pack.
func (w *workshop) done(p *pack) *Package { return &Package{Data: p.zip.bytes(), Policy: w.policy()} }

// pass makes a package of a pack that was changed without an error.
func (w *workshop) pass(p *pack, err error) (*Package, error) {
	if err != nil {
		return nil, err
	}
	return w.done(p), nil
}
