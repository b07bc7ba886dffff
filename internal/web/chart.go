package web

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/web/chart"
)

// figure is a chart on a page, with its source, its files, and the same as a table beside it.
type figure struct {
	Title, Source, Licence string
	Drawn                  template.HTML
	Broad                  bool // it has a width of its own, and scrolls on narrow screens
	Files                  []citeFile
	Whole                  string       // address of the same over the whole time; "" where it shows that
	Table                  *chart.Table // the first rows; nil where the page has a table of its own
	Rows                   int64        // of all
}

// chartMaker makes the chart that an address stands for.
type chartMaker func(*request) (*chart.Chart, error)

// charts are the charts that have files, by their address without what kind of file it is.
func (s *site) charts() map[string]chartMaker {
	list := map[string]chartMaker{
		"/incident/{id}/answers":  s.incidentChart((*incidentPage).timeline),
		"/incident/{id}/networks": s.incidentChart((*incidentPage).networksHeat),
		"/incident/{id}/targets":  s.incidentChart((*incidentPage).targetsHeat),
		"/signature/days":         s.signatureDays,
		"/signature/likeness":     s.signatureLikeness,
		"/deployments/map":        s.deploymentsMap,
		"/entity/{id}/graph":      s.graphChart,
		"/path":                   s.pathChart,
		"/claim/{id}/standing":    s.claimChart,
		"/measured":               func(r *request) (*chart.Chart, error) { return r.overview() },
	}
	for path, who := range map[string]subjectAsked{"/country/{cc}": s.countryAsked, "/network/{asn}": s.networkAsked, "/target/{name}": s.targetAsked, "/target/{name}/in/{where}": s.pairAsked, "/category/{code}": s.categoryAsked} {
		list[path+"/days"] = daysOf(who)
		list[path+"/asof/{date}/days"] = daysOf(who)
	}
	for name, kind := range sampleCharts() {
		list["/design/"+name] = sampleChart(name, kind)
	}
	for path, k := range map[string]faceted{"/agreements/by/": agreementsCounted(), "/deployments/by/": deploymentsCounted()} {
		for by := range k.by {
			list[path+by] = s.facetChart(k, by)
		}
	}
	return list
}

// chartKinds are the kinds of files of a chart.
var chartKinds = []citeFile{{".svg", "image/svg+xml", "SVG"}, {".png", "image/png", "PNG"}, {".csv", "text/csv", "CSV"}}

// chartFile sends a chart as a file.
func (s *site) chartFile(make chartMaker, kind citeFile) func(*request) error {
	return func(r *request) error {
		c, err := make(r)
		if err != nil {
			return err
		}
		if c == nil {
			return r.missing()
		}
		r.download("veedor-" + c.ID + kind.Href)
		switch kind.Name {
		case "CSV":
			return r.send(http.StatusOK, kind.Type+"; charset=utf-8", "public, max-age=300", c.CSV())
		case "PNG":
			b, err := s.painter.PNG(c)
			if err != nil {
				return fmt.Errorf("draw chart: %w", err)
			}
			return r.verbatim(kind.Type, "public, max-age=300", b)
		}
		return r.send(http.StatusOK, kind.Type, "public, max-age=300", c.SVG())
	}
}

// figure puts a chart on a page. Its files are at path, with a query; rows is how many rows the table beside it has, 0
// where the page has one. nil gives nil.
func (r *request) figure(c *chart.Chart, path, query string, rows int) *figure {
	if c == nil {
		return nil
	}
	f := &figure{Title: c.Title, Source: strings.TrimSuffix(c.Source, r.words().get("chart.source.page", r.chartPage())), Licence: c.Licence, Drawn: template.HTML(c.Inline())} // chart writes no text unescaped
	switch c.Kind.(type) {
	case *chart.Map, *chart.Graph, *chart.Heat:
		f.Broad = true
	}
	if query != "" {
		query = "?" + query
	}
	for _, k := range chartKinds {
		f.Files = append(f.Files, citeFile{path + k.Href + query, k.Type, k.Name})
	}
	if rows > 0 {
		beside := *c
		line, ok := c.Kind.(*chart.Timeline)
		if ok {
			beside.Kind = line.Daily()
		}
		t := beside.Table()
		f.Rows = int64(len(t.Rows) + t.More)
		if ok {
			slices.Reverse(t.Rows) // the newest first
		}
		t.Rows = t.Rows[:min(len(t.Rows), rows)]
		f.Table = &t
	}
	return f
}

// chart begins a chart: who it is by and what state it shows. source is a key of the words; files say besides of which page they are.
func (r *request) chart(id, title, desc string, invented share, source string, args ...any) *chart.Chart {
	w := r.words()
	c := &chart.Chart{ID: id, Title: title, Desc: desc, Lang: r.chartLanguage(), Source: w.get(source, args...) + w.get("chart.source.page", r.chartPage())}
	switch invented {
	case all:
		c.Notice = w.get("chart.invented")
	case some, fictions:
		c.Notice = w.get("chart.partly")
	case fiction:
		c.Notice = w.get("chart.fiction")
	}
	return c
}

// chartPage is the address of the page that a chart stands on, without the host.
func (r *request) chartPage() string {
	path := r.URL.EscapedPath()
	for _, k := range chartKinds {
		if base, ok := strings.CutSuffix(path, k.Href); ok {
			path = base
			for _, last := range []string{"/days", "/answers", "/networks", "/targets", "/likeness", "/map", "/standing", "/measured"} {
				path = strings.TrimSuffix(path, last)
			}
			if at := strings.LastIndex(path, "/by/"); at >= 0 {
				path = path[:at]
			}
		}
	}
	if path == "" {
		path = "/"
	}
	return shorten(path, 120)
}

// chartLanguage words what charts say.
func (r *request) chartLanguage() *chart.Language {
	w, lang := r.words(), r.lang
	month := func(t time.Time) string { return w.get("month.short." + strconv.Itoa(int(t.UTC().Month()))) }
	l := &chart.Language{Tag: tongues[lang].html, Number: func(n int64) string { return number(lang, n) }, Day: func(t time.Time) string { return day(w, t) }, Moment: func(t time.Time) string { return moment(w, t) },
		ShortDay: func(t time.Time) string { return w.get("chart.shortday", t.UTC().Day(), month(t)) },
		Month:    func(t time.Time) string { return w.get("chart.month", month(t), t.UTC().Year()) },
		Per:      func(unit string, step time.Duration) string { return per(w, lang, unit, step) },
		More:     func(n int) string { return w.count(lang, "chart.more", int64(n)) },
		NoData:   w.get("chart.nodata"), Few: w.get("chart.few"), Measured: w.get("chart.measured"), Unsure: w.get("chart.unsure"), When: w.get("chart.when"), Name: w.get("chart.name"), Total: w.get("chart.total"),
		State: w.get("chart.state"), Value: w.get("chart.value"), Undrawn: w.get("chart.undrawn"), From: w.get("chart.graph.from"), Link: w.get("chart.graph.link"), To: w.get("chart.graph.to"), Why: w.get("chart.claim.why")}
	l.Range = func(from, to time.Time) string {
		a, b := day(w, from), day(w, to)
		if a == b {
			return a
		}
		return w.get("chart.range", a, b)
	}
	return l
}

// per words how much time a bar stands for.
func per(w words, lang, unit string, step time.Duration) string {
	hours := int64(step / time.Hour)
	switch {
	case hours <= 1:
		return w.get("chart.per.hour", unit)
	case hours < 24:
		return w.get("chart.per.hours", unit, number(lang, hours))
	case hours == 24:
		return w.get("chart.per.day", unit)
	case hours == 7*24:
		return w.get("chart.per.week", unit)
	}
	return w.get("chart.per.weeks", unit, number(lang, hours/(7*24)))
}
