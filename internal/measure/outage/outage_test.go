package outage_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"veedor/internal/measure/outage"
)

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

// TestMonash: two shutdowns of the world, with their times in UTC though the tables say local time.
func TestMonash(t *testing.T) {
	for _, tt := range []struct {
		file     string
		from, to time.Time // give or take three hours
	}{
		{"monash_irn-2019-11-11_gif.csv", at("2019-11-16 17:00"), time.Time{}},
		{"monash_ven-2019-07-22_gif.csv", at("2019-07-22 20:40"), at("2019-07-24 00:00")},
	} {
		f, err := os.Open("../../../../shared/data/outages/" + tt.file)
		if err != nil {
			t.Skip("test data outages are not beside the checkout: skipped")
		}
		points, err := outage.ReadMonash(f, "")
		if err != nil {
			t.Fatal(err)
		}
		got := outage.Find(points)
		near := func(a, b time.Time, d time.Duration) bool {
			return a.IsZero() == b.IsZero() && (a.IsZero() || a.Sub(b) < d && b.Sub(a) < d)
		}
		if len(got) != 1 || !near(got[0].From, tt.from, 3*time.Hour) || !near(got[0].To, tt.to, 8*time.Hour) {
			t.Errorf("%s: %+v, want from %s to %s", tt.file, got, tt.from, tt.to)
		}
	}
}

func TestIODA(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"data":[[{"entityCode":"XA","entityType":"country","from":1700000400,"step":3600,"values":[`)
	for i := range 100 {
		if i > 0 {
			b.WriteByte(',')
		}
		switch {
		case i == 7:
			b.WriteString("null")
		case i >= 60 && i < 70:
			b.WriteString("12")
		default:
			b.WriteString("1000")
		}
	}
	b.WriteString(`]}]]}`)
	points, err := outage.ReadIODA(strings.NewReader(b.String()))
	if err != nil || len(points) != 99 {
		t.Fatal(len(points), err)
	}
	got := outage.Find(points)
	if len(got) != 1 || got[0].From.Unix() != 1700000400/3600*3600+60*3600 || got[0].To.Sub(got[0].From) != 10*time.Hour || got[0].Lowest > 2 {
		t.Errorf("%+v", got)
	}
	for _, bad := range []string{"", "{}", "[1,2]", `{"data":[[{"entityCode":"","step":0}]]}`} {
		if _, err := outage.ReadIODA(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	if _, err := outage.ReadMonash(strings.NewReader("iso,time_e,connectivity\nFR,1,2\n"), ""); err == nil || !strings.Contains(err.Error(), "time zone") {
		t.Errorf("a country without a known time zone: %v", err)
	}
}

func TestIODATable(t *testing.T) {
	text := "entityType,entityCode,datasource,time,value\n"
	for h := range 96 {
		v := 100
		if h >= 60 && h < 80 {
			v = 3
		}
		text += fmt.Sprintf("country,IR,bgp,%d,%d\nregion,4416,bgp,%d,1\n", 1573862400+h*3600, v, 1573862400+h*3600)
	}
	points, err := outage.ReadIODATable(strings.NewReader(text))
	if err != nil || len(points) != 96 {
		t.Fatalf("%d points, %v", len(points), err)
	}
	list := outage.Find(points)
	if len(list) != 1 || list[0].CC != "IR" || list[0].From.Unix() != 1573862400+60*3600 {
		t.Errorf("%+v", list)
	}
	for _, bad := range []string{"", "a,b\n", "entityCode,time,value\nIR,yesterday,3\n", "entityCode,time,value\nIR,12,much\n"} {
		if _, err := outage.ReadIODATable(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
