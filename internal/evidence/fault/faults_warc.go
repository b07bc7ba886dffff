package fault

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"veedor/internal/evidence/dossier"
	"veedor/internal/evidence/wacz"
)

// inWARC is a fault of a WARC file in a package whose index, hashes and signature were made after it.
func inWARC(name, does string, edit func(w *warcFile) error) Fault {
	return ofWARC("gzip", name, does, edit)
}

func ofWARC(of, name, does string, edit func(w *warcFile) error) Fault {
	return inPack("warc-"+name, does, of, wants(dossier.ClassWARC), finds(wacz.ClassWARC), func(p *pack) error {
		return p.editWARC(p.warcs()[0], edit)
	}, nil)
}

// inRecord is a fault of one record: a page's response, to which nothing else refers.
func inRecord(name, does string, edit func(r *record)) Fault {
	return inWARC(name, does, func(w *warcFile) error {
		edit(target(w))
		return nil
	})
}

// as gives a fault other classes.
func (f Fault) as(want []dossier.Class, finds []string) Fault {
	f.Want, f.WACZ = want, finds
	return f
}

// target is a response with a body to which no revisit refers.
func target(w *warcFile) *record {
	for _, r := range slices.Backward(w.records) {
		if r.kind() == "response" && strings.Contains(string(r.block[:min(len(r.block), 15)]), " 200") && len(r.payload()) > 50 && !strings.HasSuffix(r.uri(), ".png") && !strings.Contains(r.uri(), "/frames/") {
			return r
		}
	}
	return nil
}

// of returns the last record of a type.
func of(w *warcFile, kind string) *record {
	for _, r := range slices.Backward(w.records) {
		if r.kind() == kind {
			return r
		}
	}
	return nil
}

const nowhere = "<urn:uuid:00000000-0000-4000-8000-000000000000>"

func warcFaults() []Fault {
	digests := func(f Fault) Fault {
		return f.as(wants(dossier.ClassHash), finds(wacz.ClassDigest))
	}
	inflated := func(f Fault) Fault {
		return f.as(wants(dossier.ClassWARC, dossier.ClassContainer), finds(wacz.ClassWARC))
	}
	return slices.Concat(fieldFaults(), []Fault{
		inflated(inPack("warc-truncated", "the last record of a WARC file ends in the middle", "plain", nil, nil, func(p *pack) error {
			e := p.zip.find(p.warcs()[0])
			e.data = e.data[:len(e.data)-40]
			return nil
		}, nil)),
		inflated(inPack("warc-truncated-gzip", "the last member of a WARC file ends in the middle", "gzip", nil, nil, func(p *pack) error {
			e := p.zip.find(p.warcs()[0])
			e.data = e.data[:len(e.data)-40]
			return nil
		}, nil)),
		inflated(inWARC("member-crc", "the CRC of a gzip member is wrong", func(w *warcFile) error {
			r := target(w)
			b := gzipped(r.bytes())
			b[len(b)-6] ^= 1
			r.before, r.raw = nil, b
			w.gzipped = false
			pressAll(w, r)
			return nil
		})),
		inflated(ofWARC("plain", "garbage", "bytes between two records that belong to none", func(w *warcFile) error {
			target(w).before = []byte("garbage between records\r\n")
			return nil
		})),
		inflated(inWARC("garbage-gzip", "bytes between two gzip members that belong to none", func(w *warcFile) error {
			target(w).before = []byte("garbage between members")
			return nil
		})),
		inflated(inWARC("garbage-end", "bytes after the last gzip member", func(w *warcFile) error {
			w.trail = []byte("and something more")
			return nil
		})),
		inflated(inWARC("hidden-member", "a gzip member that holds no record", func(w *warcFile) error {
			target(w).before = gzipped([]byte("hidden in a member of its own"))
			return nil
		})),
		inWARC("two-in-one", "two records in one gzip member, the second in no index", func(w *warcFile) error {
			r := target(w)
			hidden := &record{version: "1.1", fields: slices.Clone(r.fields), block: r.block}
			hidden.set("WARC-Record-ID", "<urn:uuid:11111111-1111-4111-8111-111111111111>")
			hidden.set("WARC-Target-URI", r.uri()+"?hidden")
			r.inside = hidden.bytes()
			return nil
		}).as(wants(dossier.ClassWARC, dossier.ClassContainer), finds(wacz.ClassWARC, wacz.ClassIndex)),
		inflated(inPack("warc-one-member", "the whole WARC file in one gzip member", "plain", nil, nil, func(p *pack) error {
			// The records keep their places in the uncompressed file: that is what such an index says.
			p.zip.find(p.warcs()[0]).data = gzipped(p.zip.find(p.warcs()[0]).data)
			return nil
		}, nil)),
		digests(inWARC("block-digest", "a block's digest is not its content's", func(w *warcFile) error {
			of(w, "request").set("WARC-Block-Digest", "sha256:"+strings.Repeat("3", 64))
			return nil
		})),
		digests(inRecord("payload-digest", "a payload's digest is not its content's; the index repeats it", func(r *record) { r.set("WARC-Payload-Digest", "sha256:"+strings.Repeat("4", 64)) })),
		digests(inRecord("payload-edited", "a page was edited, its digests left; index, hashes and signature made anew", func(r *record) {
			b := bytes.Replace(slices.Clone(r.payload()), []byte("<"), []byte("{"), 1)
			b[0] ^= 0x20
			r.setPayload(b)
			r.set("Content-Length", strconv.Itoa(len(r.block)))
		})),
		digests(inWARC("header-edited", "the HTTP status of a page was edited, the block's digest left", func(w *warcFile) error {
			r := target(w)
			r.block = bytes.Replace(r.block, []byte("Server: nginx"), []byte("Server: nginy"), 1)
			return nil
		})),
		digests(inWARC("picture-edited", "the screenshot of a page was edited, its digests left", func(w *warcFile) error {
			r := of(w, "resource")
			r.block = slices.Clone(r.block)
			r.block[len(r.block)-20] ^= 0x40
			return nil
		})),
		inRecord("digest-kind", "a digest of a kind that does not exist", func(r *record) { r.set("WARC-Block-Digest", "rot13:abcdef") }).as(wants(dossier.ClassWARC, dossier.ClassHash), finds(wacz.ClassWARC, wacz.ClassDigest)),
		inWARC("request-nowhere", "a request that belongs to a response that is not there", func(w *warcFile) error {
			of(w, "request").set("WARC-Concurrent-To", nowhere)
			return nil
		}),
		inWARC("revisit-nowhere", "a revisit of a record that is not there", func(w *warcFile) error {
			r := of(w, "revisit")
			r.set("WARC-Refers-To", nowhere)
			r.set("WARC-Refers-To-Target-URI", "https://elsewhere.example/")
			return nil
		}),
		inWARC("revisit-digest", "a revisit whose payload is not that of the record it refers to", func(w *warcFile) error {
			of(w, "revisit").set("WARC-Payload-Digest", "sha256:"+strings.Repeat("6", 64))
			return nil
		}).as(wants(dossier.ClassWARC, dossier.ClassHash), finds(wacz.ClassWARC, wacz.ClassDigest)),
		inWARC("revisit-profile", "a revisit without profile", func(w *warcFile) error {
			of(w, "revisit").drop("WARC-Profile")
			return nil
		}),
		inWARC("no-http", "a response that is no HTTP message", func(w *warcFile) error {
			r := target(w)
			r.block = []byte("no status line here")
			r.drop("WARC-Payload-Digest")
			r.settle()
			return nil
		}).as(wants(dossier.ClassWARC), finds(wacz.ClassWARC, wacz.ClassIndex)),
	})
}

// pressAll turns the records but one into bytes already compressed, for a file that is then written as it is.
func pressAll(w *warcFile, but *record) {
	for _, r := range w.records {
		if r != but {
			r.raw = gzipped(r.bytes())
		}
	}
}

// fieldFaults are about the named fields of a record and its form.
func fieldFaults() []Fault {
	return []Fault{
		ofWARC("plain", "length-short", "a length one byte too short", func(w *warcFile) error {
			r := target(w)
			r.set("Content-Length", strconv.Itoa(len(r.block)-1))
			return nil
		}),
		ofWARC("plain", "length-long", "a length one byte too long", func(w *warcFile) error {
			r := target(w)
			r.set("Content-Length", strconv.Itoa(len(r.block)+1))
			return nil
		}),
		inRecord("length-short-gzip", "a length one byte too short, in a member of its own", func(r *record) { r.set("Content-Length", strconv.Itoa(len(r.block)-1)) }),
		inRecord("length-huge", "a length of nine exabytes", func(r *record) { r.set("Content-Length", "9000000000000000000") }),
		inRecord("length-negative", "a negative length", func(r *record) { r.set("Content-Length", "-5") }),
		inRecord("length-missing", "a record without length", func(r *record) { r.drop("Content-Length") }),
		inRecord("length-twice", "two lengths that differ", func(r *record) { r.fields = append(r.fields, field{"Content-Length", "5"}) }),
		inRecord("id-missing", "a record without WARC-Record-ID", func(r *record) { r.drop("WARC-Record-ID") }),
		inRecord("id-no-uri", "a WARC-Record-ID that is no URI", func(r *record) { r.set("WARC-Record-ID", "seven") }),
		inWARC("id-twice", "two records of the same WARC-Record-ID", func(w *warcFile) error {
			r := of(w, "resource")
			r.set("WARC-Record-ID", w.records[0].get("WARC-Record-ID"))
			return nil
		}),
		inRecord("date-missing", "a record without WARC-Date", func(r *record) { r.drop("WARC-Date") }),
		inRecord("date-no-date", "a WARC-Date that is none", func(r *record) { r.set("WARC-Date", "2024-13-45T99:00:00Z") }),
		inRecord("date-zone", "a WARC-Date that is not in UTC", func(r *record) { r.set("WARC-Date", "2024-03-05T10:00:00-04:00") }),
		inRecord("type-missing", "a record without WARC-Type", func(r *record) { r.drop("WARC-Type") }),
		inRecord("type-twice", "two types that differ", func(r *record) { r.fields = append(r.fields, field{"WARC-Type", "resource"}) }),
		inRecord("uri-missing", "a response without WARC-Target-URI", func(r *record) { r.drop("WARC-Target-URI") }),
		inWARC("uri-space", "a WARC-Target-URI with a space", func(w *warcFile) error {
			r := of(w, "request")
			r.set("WARC-Target-URI", r.uri()+"/a b")
			return nil
		}),
		inRecord("uri-twice", "two WARC-Target-URI that differ", func(r *record) { r.fields = append(r.fields, field{"WARC-Target-URI", "https://other.example/"}) }),
		inRecord("version", "a version of WARC that there is not", func(r *record) { r.version = "9.9" }),
		inRecord("no-colon", "a line of the header that is no field", func(r *record) {
			r.fields = append(r.fields, field{"this is no field", ""})
			r.raw = bytes.Replace(r.bytes(), []byte("this is no field: "), []byte("this is no field"), 1)
		}),
		inRecord("control", "a control character within a field", func(r *record) { r.set("WARC-IP-Address", "192.0.2.7\x00") }),
		inRecord("line-feeds", "lines of the header that end in LF alone", func(r *record) {
			head, rest, _ := bytes.Cut(r.bytes(), []byte("\r\n\r\n"))
			r.raw = append(append(bytes.ReplaceAll(head, []byte("\r\n"), []byte("\n")), "\n\n"...), rest...)
		}),
		inRecord("end-missing", "a record without the two empty lines at its end", func(r *record) { r.end = "\r\n" }),
		inRecord("ip", "a WARC-IP-Address that is none", func(r *record) { r.set("WARC-IP-Address", "300.1.2.3") }),
		inRecord("header-endless", "a field of sixteen megabytes", func(r *record) { r.set("X-Endless", strings.Repeat("a", 16<<20)) }),
		inWARC("continuation", "a continuation of a record that is not there", func(w *warcFile) error {
			r := of(w, "resource")
			r.set("WARC-Type", "continuation")
			r.set("WARC-Segment-Number", "2")
			r.set("WARC-Segment-Origin-ID", nowhere)
			r.set("WARC-Segment-Total-Length", "1000")
			return nil
		}),
	}
}
