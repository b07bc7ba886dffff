package ftm

import (
	"bytes"
	"fmt"
	"testing"
)

// corpus makes entities as OpenSanctions writes them.
func corpus(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"id":"NK-%08d","caption":"Compañía %d C.A.","schema":"Company","properties":{"name":["Compañía %d C.A.","Company %d Ltd."],"alias":["第%d公司"],"country":["ve","cn"],"registrationNumber":["J-%08d"],"address":["Av. Libertador %d, Caracas, Venezuela"],"topics":["sanction"],"incorporationDate":["2013-02-16"],"website":["http://www.example%d.com/"]},"referents":["ofac-%d","eu-%d"],"datasets":["us_ofac_sdn","eu_fsf"],"first_seen":"2023-04-20T11:23:02","last_seen":"2026-01-02T06:43:01","last_change":"2024-05-06T00:00:00","target":true}`+"\n",
			i, i, i, i, i, i, i, i, i, i)
	}
	return b.Bytes()
}

func BenchmarkReadEntities(b *testing.B) {
	const n = 20_000
	data, m := corpus(n), Default()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		read := 0
		for rec, err := range ReadEntities(m, bytes.NewReader(data), Limits{}) {
			if err != nil || rec.Reason != "" {
				b.Fatal(err, rec.Reason)
			}
			read++
		}
		if read != n {
			b.Fatal(read)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "entities/s")
}

func BenchmarkReadStatements(b *testing.B) {
	m := Default()
	for _, format := range []string{CSV, JSON, Pack} {
		b.Run(format, func(b *testing.B) {
			var buf bytes.Buffer
			all := someStatements(3000)
			write(b, &buf, all, format, false)
			b.ReportAllocs()
			for b.Loop() {
				for rec, err := range ReadStatements(m, bytes.NewReader(buf.Bytes()), format, Limits{}) {
					if err != nil || rec.Reason != "" {
						b.Fatal(err, rec.Reason)
					}
				}
			}
			b.ReportMetric(float64(len(all))*float64(b.N)/b.Elapsed().Seconds(), "statements/s")
		})
	}
}

func BenchmarkClean(b *testing.B) {
	m := Default()
	for _, c := range [][2]string{{"Thing:name", "Compañía Anónima Nacional Teléfonos de Venezuela"}, {"Thing:country", "República Bolivariana de Venezuela"},
		{"Thing:createdAt", "2013-02-16T21:48:52Z"}, {"LegalEntity:website", "www.ceiec.com/cn"}, {"LegalEntity:phone", "+58 (0212) 123-45-67"}, {"LegalEntity:uscCode", "9111000010000106X1"}} {
		b.Run(c[0], func(b *testing.B) {
			p := m.Property(c[0])
			b.ReportAllocs()
			for b.Loop() {
				p.Clean(c[1])
			}
		})
	}
}
