package lists

import (
	"testing"
)

// FuzzRead gives any bytes to any decoder. readAll holds what must hold.
func FuzzRead(f *testing.F) {
	formats := Formats()
	for i, format := range formats {
		f.Add(uint8(i), []byte(good()[format]))
	}
	f.Fuzz(func(t *testing.T, i uint8, b []byte) {
		format := formats[int(i)%len(formats)]
		opt := Options{Mapping: []byte("queries: [{csv_url: x, entities: {a: {schema: Company, key: k, properties: {name: {column: name}}}}}]"), Limits: Limits{Row: 1 << 16, Value: 1 << 12}}
		readAll(t, format, inText("fuzz", string(b)), opt)
	})
}

func FuzzMapping(f *testing.F) {
	for _, name := range []string{"aiddata", "aei", "dod-1260h"} {
		b, err := ourMappings.ReadFile("mappings/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		readAll(t, Mapping, inText("x", "k,name\n1,a\n"), Options{Mapping: b})
	})
}

func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"1.080 MM", "USD 1,3 mil millones", "10亿元", "1,2.3", "«»"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if value, _, reason := ParseAmount(s); (value == "") != (reason != "") {
			t.Errorf("%q is %q and %q", s, value, reason)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2013-02-30", "10 Dec 1948", "22.1.2018", "00/00/1960", "circa 1951"} {
		f.Add(s, 1)
	}
	f.Fuzz(func(t *testing.T, s string, order int) {
		iso, reason := ParseDate(s, Order(order))
		if (iso == "") != (reason != "") {
			t.Errorf("%q is %q and %q", s, iso, reason)
		}
		if again, _ := ParseDate(iso, Unknown); again != iso {
			t.Errorf("%q is %q, which is %q", s, iso, again)
		}
	})
}
