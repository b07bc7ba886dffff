package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
	"veedor/internal/weigh/cases"
)

// listPage is the list of measurements, newest first, narrowed by a form.
type listPage struct {
	base
	Form         map[string]string // as it was filled in
	States       []verdict.State
	Layers       []verdict.Layer
	Rows         []verdict.Row
	Newer, Older string
}

// states and layers that the form offers.
var (
	states = []verdict.State{verdict.Blocked, verdict.Down, verdict.OK, verdict.Insufficient}
	layers = []verdict.Layer{verdict.DNS, verdict.TCP, verdict.TLS, verdict.HTTP, verdict.QUIC, verdict.Throttling}
)

func (s *site) measurements(r *request) error {
	p := listPage{base: r.base(r.words().get("list.title")), States: states, Layers: layers}
	f, err := p.filter(r)
	if err != nil {
		return err
	}
	page := pageNumber(r.URL.Query().Get("page"))
	if p.Rows, err = s.Store.Latest(r.Context(), f, perPage+1, (page-1)*perPage); err != nil {
		return err
	}
	if len(p.Rows) > perPage {
		p.Rows = p.Rows[:perPage]
		p.Older = r.with(map[string]string{"page": strconv.Itoa(page + 1)}, "")
	}
	switch page {
	case 1:
	case 2:
		p.Newer = r.with(map[string]string{"page": ""}, "")
	default:
		p.Newer = r.with(map[string]string{"page": strconv.Itoa(page - 1)}, "")
	}
	p.Invented = shareOfRows(p.Rows)
	return r.render(http.StatusOK, "list", p)
}

// filter reads the form.
func (p *listPage) filter(r *request) (store.Filter, error) {
	p.Form = map[string]string{}
	for _, k := range []string{"cc", "asn", "target", "test", "state", "layer", "category", "from", "to"} {
		p.Form[k] = strings.TrimSpace(r.URL.Query().Get(k))
		if len(p.Form[k]) > maxTarget {
			return store.Filter{}, &problem{http.StatusBadRequest, "error.filter", k}
		}
	}
	f := store.Filter{CC: strings.ToUpper(p.Form["cc"]), Target: p.Form["target"], Category: strings.ToUpper(p.Form["category"]), Test: p.Form["test"],
		State: verdict.State(p.Form["state"]), Layer: verdict.Layer(p.Form["layer"])}
	if f.State != "" && !slices.Contains(states, f.State) {
		return f, &problem{http.StatusBadRequest, "error.state", p.Form["state"]}
	}
	if f.Layer != "" && !slices.Contains(layers, f.Layer) {
		return f, &problem{http.StatusBadRequest, "error.layer", p.Form["layer"]}
	}
	for _, d := range []struct {
		name string
		into *time.Time
	}{{"from", &f.From}, {"to", &f.To}} {
		if text := p.Form[d.name]; text != "" {
			at, _, err := cases.Date(text).Time()
			if err != nil {
				return f, &problem{http.StatusBadRequest, "error.date", text}
			}
			*d.into = at
		}
	}
	if p.Form["asn"] != "" {
		var ok bool
		if f.ASN, ok = parseASN(p.Form["asn"]); !ok {
			return f, &problem{http.StatusBadRequest, "error.asn", p.Form["asn"]}
		}
	}
	return f, nil
}
