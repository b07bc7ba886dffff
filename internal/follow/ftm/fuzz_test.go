package ftm

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"veedor/internal/phrase"
)

// FuzzReadEntities: every byte is in one record or in a blank line, and what was read can be written and read again.
func FuzzReadEntities(f *testing.F) {
	f.Add([]byte(sample + "\n\n{}\n"))
	f.Add([]byte(`{"id":"a","schema":"Person","properties":{"name":[{"id":"x"},1,true,null]}}`))
	f.Add([]byte("\xef\xbb\xbf{\r\n\"\x00"))
	m := Default()
	f.Fuzz(func(t *testing.T, in []byte) {
		var at int64
		for rec, err := range ReadEntities(m, bytes.NewReader(in), Limits{Line: 1 << 10, Values: 100}) {
			if err != nil {
				t.Fatal(err)
			}
			accounted(t, in, rec.Place, &at)
			if rec.Reason != "" {
				continue
			}
			out := AppendEntity(nil, &rec.Value)
			for again, err := range ReadEntities(m, bytes.NewReader(out), Limits{}) {
				if err != nil || again.Reason != "" || !bytes.Equal(AppendEntity(nil, &again.Value), out) {
					t.Fatalf("%s\nis not read again: %v %s", out, err, again.Reason)
				}
			}
			m.DropPrivate(&rec.Value)
			rec.Value.Label(m)
		}
		if rest := in[at:]; len(bytes.TrimSpace(bytes.TrimPrefix(rest, []byte("\xef\xbb\xbf")))) > 0 {
			t.Fatalf("%q got lost", rest)
		}
	})
}

// accounted checks that only blank bytes lie between records.
func accounted(t *testing.T, in []byte, p Place, at *int64) {
	t.Helper()
	if p.Offset < *at || p.Offset+p.Size > int64(len(in)) {
		t.Fatalf("record at %d of %d bytes, after %d of %d", p.Offset, p.Size, *at, len(in))
	}
	if between := in[*at:p.Offset]; len(bytes.TrimSpace(bytes.TrimPrefix(between, []byte("\ufeff")))) > 0 {
		t.Fatalf("%q got lost before %d", between, p.Offset)
	}
	*at = p.Offset + p.Size
}

func FuzzReadStatements(f *testing.F) {
	f.Add("csv", []byte(`"entity_id","prop","schema","value","dataset"`+"\n"+`"a","name","Person","x","d"`+"\n\"a\n\n"))
	f.Add("pack", []byte("a,Person:name,x,d,,,,,,\r\n\"b\"\"c\n"))
	f.Add("json", []byte(`{"entity_id":"a","prop":"name","schema":"Person","value":"x","dataset":"d","external":true}`))
	m := Default()
	f.Fuzz(func(t *testing.T, format string, in []byte) {
		if format != CSV && format != JSON && format != Pack {
			return
		}
		var at int64
		header := format != JSON
		for rec, err := range ReadStatements(m, bytes.NewReader(in), format, Limits{Line: 1 << 10}) {
			if err != nil {
				t.Fatal(err)
			}
			if !header {
				accounted(t, in, rec.Place, &at)
			}
			if rec.Reason == "" {
				var b bytes.Buffer
				write(t, &b, []Statement{rec.Value}, JSON, true)
				for again := range ReadStatements(m, &b, JSON, Limits{}) {
					if again.Reason != "" || again.Value != rec.Value {
						t.Fatalf("%+v is read again as %+v %s", rec.Value, again.Value, again.Reason)
					}
				}
			}
		}
	})
}

// FuzzRows: a row may be refused, but no byte is in two rows or in none.
func FuzzRows(f *testing.F) {
	f.Add([]byte("a,\"b\"\"\n\",c\r\n\"open\nd\n"))
	f.Add([]byte("\r\r\n\"\"\"\n"))
	f.Add(bytes.Repeat([]byte(`"x`), 400))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, at := newRows(bytes.NewReader(in), 512), int64(0)
		for {
			_, p, _, err := r.read()
			if err != nil {
				break
			}
			accounted(t, in, p, &at)
		}
		if len(bytes.TrimSpace(in[at:])) > 0 {
			t.Fatalf("%q got lost", in[at:])
		}
	})
}

// FuzzClean: what was cleaned is text, and stays as it is when it is cleaned again.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"2013-02-16T21:48:52+02:00", "http://x.ve/;", "+58 212 1234567 ext. 3", "IMO 9074729", "VEN", "pt-BR", "a@б.рф", "::ffff:1.2.3.4", "\"'x'\"", "a;b\nc", "text/html; x", "\xff\u2028"} {
		f.Add(s)
	}
	var props []*Property
	for _, name := range []string{"Thing:name", "Thing:address", "Thing:createdAt", "Thing:country", "Document:language", "LegalEntity:website", "LegalEntity:email", "LegalEntity:phone",
		"Analyzable:ipMentioned", "Document:mimeType", "Thing:topics", "Person:gender", "LegalEntity:parent", "LegalEntity:leiCode", "Security:isin", "Vessel:imoNumber", "LegalEntity:innCode",
		"LegalEntity:ogrnCode", "LegalEntity:swiftBic", "BankAccount:iban", "LegalEntity:uscCode", "Thing:wikidataId", "LegalEntity:npiCode", "LegalEntity:uniqueEntityId",
		"Security:figiCode", "Person:socialSecurityNumber", "Deployment:kind"} {
		props = append(props, Default().Property(name))
	}
	g := &phrase.Grammar{Heads: Reasons()}
	f.Fuzz(func(t *testing.T, s string) {
		ParseNumber(s)
		for _, p := range props {
			clean, reason := p.Clean(s)
			if (clean == "") != (reason != "") || !utf8.ValidString(clean) || reason != "" && g.Read(reason) == nil {
				t.Fatalf("%s of %q is %q (%s)", p, s, clean, reason)
			}
			if again, reason := p.Clean(clean); clean != "" && again != clean && stable(p, clean) {
				t.Fatalf("%s of %q is %q, and of that %q (%s)", p, s, clean, again, reason)
			}
		}
		PickName(strings.Fields(s))
	})
}

// stable says whether a cleaned value must be its own cleaned form. It need not be for names in two pairs of quotes,
// addresses with rows of commas, URLs that hide a second one, and times whose offset leads out of the years that are
// read; followthemoney has the same.
func stable(p *Property, clean string) bool {
	return p.Type != TypeName && p.Type != TypeAddress && p.Type != TypeURL && (p.Type != TypeDate || clean >= "1000" && clean < "3000")
}
