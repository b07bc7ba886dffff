package wacz

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// listed is a resource as the manifest gives it.
type listed struct {
	hash  digest
	bytes int64
}

// manifest checks datapackage.json, datapackage-digest.json and the signature.
func (c *checker) manifest() {
	e := c.zip.find(packageFile)
	if e == nil {
		c.fault(ClassPackage, packageFile, "the package has no manifest")
		return
	}
	b, err := c.zip.readSmall(e, maxPackage)
	if err != nil {
		c.fault(ClassZIP, packageFile, "%s", err)
		return
	}
	c.described(b)
	c.digested(b)
}

var versionPattern = regexp.MustCompile(`^1\.[0-9]+(\.[0-9]+)?$`)

// described checks the manifest.
func (c *checker) described(b []byte) {
	say := func(format string, args ...any) { c.fault(ClassPackage, packageFile, format, args...) }
	if err := strictJSON(b); err != nil {
		say("%s", err)
	}
	var p struct {
		Profile   any               `json:"profile"`
		Version   any               `json:"wacz_version"`
		Resources []json.RawMessage `json:"resources"`
		Created   any               `json:"created"`
		Modified  any               `json:"modified"`
		Software  any               `json:"software"`
		MainURL   any               `json:"mainPageUrl"`
		MainURL2  any               `json:"mainPageURL"`
		MainDate  any               `json:"mainPageDate"`
		Relation  struct {
			Requires []any `json:"requires"`
		} `json:"relation"`
	}
	if err := json.Unmarshal(b, &p); err != nil {
		say("it is no manifest: %s", err)
		return
	}
	switch p.Profile {
	case dataPackage:
	case "wacz-package":
		c.note(ClassPackage, packageFile, "its profile is wacz-package, as in the draft of WACZ 1.2")
	case nil:
		say("it has no profile")
	default:
		say("its profile is %.60q, not %q", fmt.Sprint(p.Profile), dataPackage)
	}
	version, ok := p.Version.(string)
	switch {
	case p.Version == nil:
		say("it has no wacz_version")
	case !ok || !versionPattern.MatchString(version):
		say("its wacz_version is %.60q, which is none of 1.x", fmt.Sprint(p.Version))
	case version != Version:
		c.note(ClassPackage, packageFile, "it is of WACZ %s", version)
	}
	for name, v := range map[string]any{"created": p.Created, "modified": p.Modified, "mainPageDate": p.MainDate} {
		c.dated(name, v)
	}
	for _, v := range []any{p.MainURL, p.MainURL2} {
		if s, ok := v.(string); v != nil && (!ok || s != "" && !absolute(s)) {
			say("the address of its main page is no URL")
		} else if s != "" {
			c.mainURL = s
		}
	}
	c.requires = len(p.Relation.Requires) > 0
	c.created, _ = p.Created.(string)
	c.software, _ = p.Software.(string)
	if p.Resources == nil {
		say("it lists no resources")
	}
	c.listed(p.Resources)
	for i := range c.zip.entries {
		e := &c.zip.entries[i]
		if _, ok := c.resources[e.name]; !ok && !e.folder() && e.name != packageFile && e.name != digestFile {
			c.fault(ClassPackage, e.name, "%s does not list it", packageFile)
		}
	}
}

func (c *checker) dated(name string, v any) {
	if v == nil {
		return
	}
	s, _ := v.(string)
	if name == "mainPageDate" && s == "" {
		return
	}
	if _, err := parseCreated(s); err == nil {
		return
	}
	if name == "mainPageDate" {
		if _, err := time.Parse("20060102150405", s); err == nil {
			return
		}
		if _, err := time.Parse("2006-01-02", s); err == nil {
			return
		}
	}
	c.fault(ClassPackage, packageFile, "its field %q is no time: %.60q", name, fmt.Sprint(v))
}

// listed checks the list of resources, and that each is there.
func (c *checker) listed(list []json.RawMessage) {
	names := map[string]bool{}
	for i, raw := range list {
		where := fmt.Sprintf("%s, resource %d", packageFile, i+1)
		say := func(format string, args ...any) { c.fault(ClassPackage, where, format, args...) }
		var r struct {
			Name  *string `json:"name"`
			Path  *string `json:"path"`
			Hash  *string `json:"hash"`
			Bytes *int64  `json:"bytes"`
			Stats *struct {
				Hash  *string `json:"hash"`
				Bytes *int64  `json:"bytes"`
			} `json:"stats"`
		}
		if err := json.Unmarshal(raw, &r); err != nil {
			say("it is no resource: %s", err)
			continue
		}
		if r.Path == nil {
			say("it has no path")
			continue
		}
		where = fmt.Sprintf("%s, resource %s", packageFile, *r.Path)
		if r.Stats != nil && r.Hash == nil && r.Bytes == nil { // as the first versions of WACZ
			r.Hash, r.Bytes = r.Stats.Hash, r.Stats.Bytes
		}
		if r.Name == nil || *r.Name == "" {
			say("it has no name")
		} else if names[*r.Name] {
			c.note(ClassPackage, where, "another resource has the name %q", *r.Name)
		} else {
			names[*r.Name] = true
		}
		if _, twice := c.resources[*r.Path]; twice {
			say("it is listed twice")
		}
		for _, what := range nameFaults(*r.Path) {
			say("its path: %s", what)
		}
		c.resources[*r.Path] = c.listedOne(say, *r.Path, r.Hash, r.Bytes)
	}
}

func (c *checker) listedOne(say func(string, ...any), path string, hash *string, size *int64) listed {
	out := listed{bytes: -1}
	if hash == nil {
		say("it has no hash")
	} else if d, err := parseDigest(*hash); err != nil {
		say("its hash: %s", err)
	} else {
		out.hash = d
		if d.algorithm == "md5" || d.algorithm == "sha1" {
			c.note(ClassPackage, path, "its hash is by %s, for which two files of the same hash can be made", d.algorithm)
		}
	}
	e := c.zip.find(path)
	if e == nil {
		say("the package does not hold it")
		return out
	}
	if size == nil {
		say("its length is not given")
	} else if *size != e.size {
		say("it has %d bytes, the manifest says %d", e.size, *size)
	}
	return out
}

// digested checks datapackage-digest.json.
func (c *checker) digested(manifest []byte) {
	e := c.zip.find(digestFile)
	if e == nil {
		c.note(ClassPackage, digestFile, "the package has no hash of its manifest")
		return
	}
	say := func(format string, args ...any) { c.fault(ClassPackage, digestFile, format, args...) }
	b, err := c.zip.readSmall(e, maxDigest)
	if err != nil {
		c.fault(ClassZIP, digestFile, "%s", err)
		return
	}
	if err := strictJSON(b); err != nil {
		say("%s", err)
	}
	var d struct {
		Path   *string         `json:"path"`
		Hash   *string         `json:"hash"`
		Signed json.RawMessage `json:"signedData"`
	}
	if err := json.Unmarshal(b, &d); err != nil {
		say("it is no digest of a manifest: %s", err)
		return
	}
	if d.Path == nil || *d.Path != packageFile {
		say("its path is not %q", packageFile)
	}
	if d.Hash == nil {
		say("it has no hash")
		return
	}
	want, err := parseDigest(*d.Hash)
	if err != nil {
		say("its hash: %s", err)
		return
	}
	h := newHash(want.algorithm)
	h.Write(manifest)
	if !want.is(h) {
		say("%s does not have the hash it gives", packageFile)
	}
	sum := sha256.Sum256(manifest)
	c.signed(d.Signed, "sha256:"+hex.EncodeToString(sum[:]))
}

// signed checks the signature over what the manifest really hashes to.
func (c *checker) signed(raw json.RawMessage, hash string) {
	if len(raw) == 0 || string(raw) == "null" {
		return
	}
	say := func(format string, args ...any) { c.fault(ClassSignature, digestFile, format, args...) }
	var s Signed
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		say("signedData: %s", err)
		if json.Unmarshal(raw, &s) != nil {
			return
		}
	}
	signer, err := s.Verify(hash, c.opt.Roots)
	if err != nil {
		say("%s", err)
		return
	}
	c.report.Signer = signer
	if c.created == "" {
		return
	}
	if at, err := parseCreated(c.created); err == nil && !at.Truncate(time.Second).Equal(signer.Created.Truncate(time.Second)) {
		say("it says it was made at %s, the manifest at %s", s.Created, c.created)
	}
}

// strictJSON says whether b is one JSON value in which no object has a key twice, in the same letters.
func strictJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := strictValue(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the JSON value")
	}
	return nil
}

func strictValue(d *json.Decoder, depth int) error {
	if depth > maxJSONDepth {
		return fmt.Errorf("JSON nested deeper than %d", maxJSONDepth)
	}
	t, err := d.Token()
	if err != nil {
		return fmt.Errorf("it is no JSON: %w", err)
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if open == '{' {
			t, err := d.Token()
			if err != nil {
				return fmt.Errorf("it is no JSON: %w", err)
			}
			key, _ := t.(string)
			// encoding/json and others take keys without regard to case.
			if fold := strings.ToLower(key); seen[key] {
				return fmt.Errorf("the key %q stands twice in one object", key)
			} else if seen["\x00"+fold] && fold != "mainpageurl" {
				return fmt.Errorf("the key %q stands twice in one object, in other letters", key)
			} else {
				seen[key], seen["\x00"+fold] = true, true
			}
		}
		if err := strictValue(d, depth+1); err != nil {
			return err
		}
	}
	if _, err = d.Token(); err != nil {
		return fmt.Errorf("it is no JSON: %w", err)
	}
	return nil
}

// fragmentless cuts the fragment off a URL.
func fragmentless(uri string) string {
	main, _, _ := strings.Cut(uri, "#")
	return main
}

// canonicalURL makes addresses alike that differ only in how they are escaped.
func canonicalURL(uri string) string {
	if u, err := url.Parse(uri); err == nil {
		return u.String()
	}
	return uri
}
