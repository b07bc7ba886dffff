package fault

import (
	"crypto/x509"
	"encoding/base64"
	"slices"
	"time"

	"veedor/internal/evidence/dossier"
	"veedor/internal/evidence/wacz"
)

// signedBy is a sound package with a fault of whoever signs it.
func signedBy(name, does string, want []dossier.Class, finds []string, who func(w *workshop) (*signer, error)) Fault {
	return Fault{Name: "sign-" + name, Kind: KindWACZ, Does: does, Want: want, WACZ: finds, apply: func(w *workshop) (*Package, error) {
		p, err := w.pack("gzip")
		if err != nil {
			return nil, err
		}
		if p.signer, err = who(w); err != nil {
			return nil, err
		}
		return w.pass(p, p.seal())
	}}
}

// inSigned is a fault of the signedData of a package of the kind.
func inSigned(kind, name, does string, want []dossier.Class, edit func(w *workshop, n *node) error) Fault {
	return Fault{Name: "sign-" + name, Kind: KindWACZ, Does: does, Want: want, WACZ: finds(wacz.ClassSignature), apply: func(w *workshop) (*Package, error) {
		p, err := w.pack(kind)
		if err != nil {
			return nil, err
		}
		return w.pass(p, p.editJSON(digestFile, func(n *node) error { return edit(w, n.get("signedData")) }))
	}}
}

func signatureFaults() []Fault {
	// The token is a part of the signature (wacz-auth, steps 6 to 9), and a time-stamp: both are right reasons.
	signature, trust, stamped := wants(dossier.ClassSignature), wants(dossier.ClassTrust), wants(dossier.ClassTimestamp, dossier.ClassSignature)
	edited := func(kind, name, does string) Fault {
		return inPack("sign-"+name, does, kind, signature, finds(wacz.ClassSignature), nil, func(p *pack) error {
			if err := p.editJSON(dataFile, func(n *node) error {
				n.set("title", "Another title")
				return nil
			}); err != nil {
				return err
			}
			return p.editJSON(digestFile, func(n *node) error {
				n.set("hash", digest(p.zip.find(dataFile).data))
				return nil
			})
		})
	}
	return append([]Fault{
		edited("gzip", "edited", "the package was edited after it was signed, its hashes made anew"),
		edited("domain", "edited-domain", "a package signed by a domain was edited, its hashes made anew"),
		inPack("sign-payload-edited", "a page was edited, every digest, index and hash made anew, the signature kept", "gzip", signature, finds(wacz.ClassSignature), nil, func(p *pack) error {
			old := p.zip.find(digestFile).data
			if err := p.editWARC(p.warcs()[0], func(w *warcFile) error {
				r := target(w)
				r.setPayload(append(r.payload(), "<p>and he lied</p>"...))
				r.settle()
				return nil
			}); err != nil {
				return err
			}
			if err := p.rehash(); err != nil {
				return err
			}
			p.zip.find(digestFile).data = old
			return p.editJSON(digestFile, func(n *node) error {
				n.set("hash", digest(p.zip.find(dataFile).data))
				n.get("signedData").set("hash", n.get("hash"))
				return nil
			})
		}),
		inSigned("gzip", "flipped", "one bit of the signature", signature, func(_ *workshop, n *node) error {
			b, err := base64.StdEncoding.DecodeString(n.get("signature").text())
			b[len(b)-1] ^= 1
			n.set("signature", base64.StdEncoding.EncodeToString(b))
			return err
		}),
		inSigned("gzip", "no-base64", "a signature that is no base64", signature, func(_ *workshop, n *node) error {
			n.set("signature", "!!"+n.get("signature").text())
			return nil
		}),
		inSigned("gzip", "property", "a property that no signature has", signature, func(_ *workshop, n *node) error {
			n.set("trusted", true)
			return nil
		}),
		inSigned("gzip", "other-hash", "a signature by the publisher's key over the hash of another package", signature, func(w *workshop, n *node) error {
			s, err := w.key.sign(digest([]byte("another package")))
			if err != nil {
				return err
			}
			n.set("hash", s.Hash)
			n.set("signature", s.Signature)
			return nil
		}),
		inSigned("gzip", "key-replaced", "the public key is that of somebody else", signature, func(w *workshop, n *node) error {
			n.set("publicKey", w.stray.spki())
			return nil
		}),
		inSigned("gzip", "key-missing", "a signature without key or domain", signature, func(_ *workshop, n *node) error {
			n.drop("publicKey")
			return nil
		}),
		inSigned("gzip", "empty", "signedData without signature", signature, func(_ *workshop, n *node) error {
			n.drop("signature")
			return nil
		}),
		signedBy("stranger", "signed anew by a key that the reader does not trust", trust, nil, func(w *workshop) (*signer, error) { return w.stray, nil }),
		signedBy("none", "not signed, though the reader wants a signature", trust, nil, func(*workshop) (*signer, error) { return nil, nil }),
	}, domainFaults(signature, trust, stamped)...)
}

// domainFaults are those of signatures in the name of a domain.
func domainFaults(signature, trust, stamped []dossier.Class) []Fault {
	sig := finds(wacz.ClassSignature)
	// with changes a copy of the publisher's signer.
	with := func(do func(w *workshop, s *signer) error) func(w *workshop) (*signer, error) {
		return func(w *workshop) (*signer, error) {
			s := *w.domain
			d, t := *s.domain, *s.tsa
			s.domain, s.tsa = &d, &t
			return &s, do(w, &s)
		}
	}
	return []Fault{
		signedBy("late", "the signer says a time 11 minutes before the token's", stamped, sig, with(func(w *workshop, s *signer) error {
			s.stampAt = s.at.Add(11 * time.Minute)
			return nil
		})),
		signedBy("early", "the signer says a time 11 minutes after the token's", stamped, sig, with(func(w *workshop, s *signer) error {
			s.stampAt = s.at.Add(-11 * time.Minute)
			return nil
		})),
		signedBy("token-other", "the token is of another signature", stamped, sig, with(func(w *workshop, s *signer) error {
			s.message = func(string) []byte { return []byte("another signature") }
			return nil
		})),
		signedBy("token-decoded", "the token is of the signature's bytes, not of its text", stamped, sig, with(func(w *workshop, s *signer) error {
			s.message = func(text string) []byte {
				b, _ := base64.StdEncoding.DecodeString(text) // written by sign itself
				return b
			}
			return nil
		})),
		inSigned("domain", "token-missing", "a domain's signature without token", stamped, func(_ *workshop, n *node) error {
			n.drop("timeSignature")
			n.drop("timestampCert")
			return nil
		}),
		inSigned("domain", "token-damaged", "a token that is none", stamped, func(_ *workshop, n *node) error {
			n.set("timeSignature", base64.StdEncoding.EncodeToString([]byte("not a token at all")))
			return nil
		}),
		inSigned("domain", "token-flipped", "one bit of the token's signature", stamped, func(_ *workshop, n *node) error {
			b, err := base64.StdEncoding.DecodeString(n.get("timeSignature").text())
			b[len(b)-3] ^= 4
			n.set("timeSignature", base64.StdEncoding.EncodeToString(b))
			return err
		}),
		inSigned("domain", "name", "the signature names another domain than its certificate", signature, func(_ *workshop, n *node) error {
			n.set("domain", "otra.example")
			return nil
		}),
		inSigned("domain", "certificate-other", "the certificate is not that of the key that signed", signature, func(w *workshop, n *node) error {
			other, err := w.domainSigner(usage{name: "editora.example", server: true}, usage{name: "Time", stamping: true})
			n.set("domainCert", other.domain.chainPEM())
			return err
		}),
		inSigned("domain", "certificate-none", "a certificate that is none", signature, func(_ *workshop, n *node) error {
			n.set("domainCert", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
			return nil
		}),
		inSigned("domain", "both", "a key and a domain at once", signature, func(w *workshop, n *node) error {
			n.set("publicKey", w.stray.spki())
			return nil
		}),
		inSigned("domain", "stamp-certificate-other", "beside the token stands another authority's certificate", stamped, func(w *workshop, n *node) error {
			other, err := w.domainSigner(usage{name: "editora.example", server: true}, usage{name: "Time", stamping: true})
			n.set("timestampCert", other.tsa.chainPEM())
			return err
		}),
		signedBy("root-stranger", "the domain's certificate leads to no root that the reader trusts", trust, nil, with(func(w *workshop, s *signer) error {
			d, err := w.c.issue(usage{name: "editora.example", server: true, from: w.now.AddDate(0, -1, 0), to: w.now.AddDate(0, 2, 0)})
			s.domain = d
			return err
		})),
		signedBy("domain-stranger", "a domain that the reader does not trust, below a root that he does", trust, nil, with(func(w *workshop, s *signer) error {
			return w.reissue(s.domain, usage{name: "impostora.example", server: true})
		})),
		signedBy("expired", "the domain's certificate had expired when it signed", wants(dossier.ClassSignature, dossier.ClassTrust), nil, with(func(w *workshop, s *signer) error {
			return w.reissue(s.domain, usage{name: "editora.example", server: true, from: w.now.AddDate(-1, 0, 0), to: w.now.AddDate(0, -1, 0)})
		})),
		signedBy("not-yet", "the domain's certificate was issued after it signed", wants(dossier.ClassSignature, dossier.ClassTrust), nil, with(func(w *workshop, s *signer) error {
			return w.reissue(s.domain, usage{name: "editora.example", server: true, from: w.now.AddDate(0, 1, 0), to: w.now.AddDate(0, 3, 0)})
		})),
		signedBy("authority-stranger", "the token is by an authority that the reader does not trust", trust, nil, with(func(w *workshop, s *signer) error {
			t, err := w.c.issue(usage{name: "Time Authority", stamping: true, from: w.now.AddDate(0, -1, 0), to: w.now.AddDate(0, 2, 0)})
			s.tsa = t
			return err
		})),
		signedBy("authority-purpose", "the token is by a certificate that is not for time-stamps, below a root that the reader trusts", stamped, sig, with(func(w *workshop, s *signer) error {
			return w.reissue(s.tsa, usage{name: "www.time.example", server: true})
		})),
		signedBy("authority-expired", "the authority's certificate had expired when it stamped", append(slices.Clone(stamped), trust...), nil, with(func(w *workshop, s *signer) error {
			return w.reissue(s.tsa, usage{name: "Time Authority", stamping: true, from: w.now.AddDate(-1, 0, 0), to: w.now.AddDate(0, -1, 0)})
		})),
	}
}

// reissue gives an anchor another certificate below the same root.
func (w *workshop) reissue(a *anchor, u usage) error {
	if u.from.IsZero() {
		u.from, u.to = w.now.AddDate(0, -1, 0), w.now.AddDate(0, 2, 0)
	}
	t, err := template(w.c, u)
	if err != nil {
		return err
	}
	a.cert, err = w.c.sign(t, a.root, &a.key.PublicKey, a.rootKey)
	a.chain = []*x509.Certificate{a.cert}
	return err
}
