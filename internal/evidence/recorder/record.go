package recorder

import (
	"encoding/hex"
	"io"
	"net/url"
	"strings"
	"time"

	"veedor/internal/evidence/wacz"
)

// dnsRecord holds what was answered for a name. The resolver's address is the operator's affair and left out.
func dnsRecord(host, text string, at time.Time) *wacz.Record {
	return &wacz.Record{Type: wacz.TypeResource, Date: at, URI: "dns:" + url.PathEscape(host), ContentType: "text/dns",
		Block: strings.NewReader(text)}
}

// chainRecord holds the certificates a server showed, and says in its header how it was spoken to.
func chainRecord(u *upstream, chain []byte, at time.Time) *wacz.Record {
	f := serverFields(u)
	if u.cert.Valid {
		f = append(f, wacz.Field{Name: "Veedor-Certificate", Value: "valid"})
	} else {
		f = append(f, wacz.Field{Name: "Veedor-Certificate", Value: "invalid; " + u.cert.Why})
	}
	return &wacz.Record{Type: wacz.TypeResource, Date: at, URI: "urn:veedor:tls:" + u.cert.Host,
		ContentType: "application/pem-certificate-chain", Fields: f, Block: wacz.Bytes(chain)}
}

// serverFields say to which server a record belongs, and what was spoken. Our own address is in no record.
func serverFields(u *upstream) wacz.Fields {
	var f wacz.Fields
	if u.ip.IsValid() {
		f = append(f, wacz.Field{Name: "WARC-IP-Address", Value: u.ip.String()})
	}
	f = append(f, wacz.Field{Name: "WARC-Protocol", Value: "http/1.1"})
	if p := u.protocol(); p != "" {
		f = append(f, wacz.Field{Name: "WARC-Protocol", Value: p}, wacz.Field{Name: "WARC-Cipher-Suite", Value: u.cert.Cipher})
	}
	return f
}

// keepExchange hands the records of an exchange to the sink: response, then request. A payload that the same
// address gave before becomes a revisit.
func (s *session) keepExchange(e *exchange) {
	uri := e.to.String()
	res := &wacz.Record{Type: wacz.TypeResponse, Date: e.at, URI: uri, ContentType: wacz.HTTPResponse, Fields: serverFields(e.up)}
	block := io.NewSectionReader(e.got, 0, e.got.length())
	res.Block = block
	if e.cut != "" {
		res.Fields = append(res.Fields, wacz.Field{Name: "WARC-Truncated", Value: e.cut})
	}
	if !e.parsed {
		// What came has no HTTP header that ends: kept, but not as an answer that could be replayed.
		res.Type, res.URI, res.ContentType = wacz.TypeResource, "urn:veedor:unparsed:"+uri, "application/octet-stream"
	}
	req := &wacz.Record{Type: wacz.TypeRequest, Date: e.at, URI: uri, ContentType: wacz.HTTPRequest, Fields: serverFields(e.up),
		Block: io.NewSectionReader(e.sent, 0, e.sent.length())}
	if e.sentCut != "" {
		req.Fields = append(req.Fields, wacz.Field{Name: "WARC-Truncated", Value: e.sentCut})
	}
	s.sinkMu.Lock()
	defer s.sinkMu.Unlock()
	var err error
	if res.ID, err = wacz.NewID(s.opt.Random); err != nil {
		s.sinkErr = err
		return
	}
	req.Fields = append(req.Fields, wacz.Field{Name: "WARC-Concurrent-To", Value: "<" + res.ID + ">"})
	if e.parsed && e.cut == "" && e.got.length() > e.headSize {
		digest := "sha256:" + hex.EncodeToString(e.payload.Sum(nil))
		key := e.method + " " + uri + " " + digest
		if f, ok := s.first[key]; ok && e.method == "GET" {
			revisit(res, f, uri, digest, io.NewSectionReader(e.got, 0, e.headSize))
		} else {
			s.first[key] = firstSeen{id: res.ID, date: e.at}
		}
	}
	s.keepLocked(res, req)
}

// revisit makes a response a reference to the earlier one whose payload is the same (WARC 1.1, 6.7.2).
func revisit(r *wacz.Record, to firstSeen, uri, digest string, head io.Reader) {
	r.Type, r.Block = wacz.TypeRevisit, head
	r.Fields = append(r.Fields,
		wacz.Field{Name: "WARC-Profile", Value: wacz.ProfileIdentical},
		wacz.Field{Name: "WARC-Refers-To", Value: "<" + to.id + ">"},
		wacz.Field{Name: "WARC-Refers-To-Target-URI", Value: uri},
		wacz.Field{Name: "WARC-Refers-To-Date", Value: to.date.UTC().Format(time.RFC3339Nano)},
		wacz.Field{Name: "WARC-Payload-Digest", Value: digest},
		wacz.Field{Name: "WARC-Truncated", Value: cutLength})
}
