package lists

import "testing"

func TestParseAmount(t *testing.T) {
	for _, c := range []struct{ in, value, currency string }{
		{"1.080 MM", "1080000000", ""},
		{"1.200 millones", "1200000000", ""},
		{"USD 1,3 mil millones", "1300000000", "USD"},
		{"US$ 1.08 billion", "1080000000", "USD"},
		{"10亿元", "1000000000", "CNY"},
		{"3.5万亿元", "3500000000000", "CNY"},
		{"1,234,567.89", "1234567.89", ""},
		{"1.234.567,89 euros", "1234567.89", "EUR"},
		{"$ 55 million", "55000000", ""},
		{"1 250 000 USD", "1250000", "USD"},
		{"Bs.F 12,5 millones", "12500000", "VEF"},
		{"1,080 million dollars", "1080000000", ""},
		{"250 millones de dólares estadounidenses", "250000000", "USD"},
		{"0.5", "0.5", ""},
		{"20000", "20000", ""},
	} {
		value, currency, reason := ParseAmount(c.in)
		if value != c.value || currency != c.currency || reason != "" {
			t.Errorf("%q is %q %q (%s), want %q %q", c.in, value, currency, reason, c.value, c.currency)
		}
	}
	for _, in := range []string{"", "1.080", "1,080", "1.080 USD", "1 billón", "de 10 a 20 millones", "10-20 million", "mucho", "12.34.5", "1,2.3,4", "EUR 5 USD", "5 quintales", "-3 million"} {
		if value, _, reason := ParseAmount(in); value != "" || reason == "" {
			t.Errorf("%q is %q, and should be left as text", in, value)
		}
	}
}

func TestParseDate(t *testing.T) {
	for _, c := range []struct {
		in    string
		order Order
		want  string
	}{
		{"10 Dec 1948", 0, "1948-12-10"}, {"Dec 1948", 0, "1948-12"}, {"1948", 0, "1948"}, {"circa 1951", 0, "1951"}, {"22.1.2018", 0, "2018-01-22"}, {"13.07.20", 0, "2020-07-13"},
		{"28 October 1964", 0, "1964-10-28"}, {"23 de enero de 2013", 0, "2013-01-23"}, {"October 5, 2017", 0, "2017-10-05"}, {"2015-11-24T00:00:00", 0, "2015-11-24"},
		{"03/04/2020", DayFirst, "2020-04-03"}, {"03/04/2020", MonthFirst, "2020-03-04"}, {"00/00/1960", DayFirst, "1960"}, {"25/12/2020", 0, "2020-12-25"}, {"2013年2月28日", 0, "2013-02-28"},
		{"2013-02-30", 0, ""}, {"30 Feb 2013", 0, ""}, {"03/04/2020", 0, ""}, {"1.13.2020", 0, ""}, {"29.2.2021", 0, ""}, {"29.2.2024", 0, "2024-02-29"}, {"soon", 0, ""}, {"", 0, ""}, {"1944 to 1945", 0, ""},
	} {
		got, reason := ParseDate(c.in, c.order)
		if got != c.want || (got == "") != (reason != "") {
			t.Errorf("%q is %q (%s), want %q", c.in, got, reason, c.want)
		}
	}
}
