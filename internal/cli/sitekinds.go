package cli

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"veedor/internal/measure/store"
)

// kinds returns the kinds of pages that are asked for, with as many addresses of each as the data folder has, up to some.
func (b *siteBench) kinds(ctx context.Context, h *house) ([]pageKind, error) {
	const most = 400
	keys := func(by store.Group, prefix string) ([]string, error) {
		counts, err := h.lake.Tally(ctx, store.Filter{}, by)
		var out []string
		for i := range counts {
			if key := counts[i*7919%len(counts)].Key; key != "" { // the large ones and the small ones
				out = append(out, prefix+url.PathEscape(key))
			}
		}
		return out[:min(len(out), most)], err
	}
	countries, err := keys(store.ByCountry, "/country/")
	if err != nil {
		return nil, err
	}
	networks, err := keys(store.ByNetwork, "/network/")
	if err != nil {
		return nil, err
	}
	targets, err := keys(store.ByTarget, "/target/")
	if err != nil {
		return nil, err
	}
	categories, err := keys(store.ByCategory, "/category/")
	if err != nil {
		return nil, err
	}
	var measurements, lists []string
	for i, n := range networks[:min(len(networks), 40)] {
		asn := strings.TrimPrefix(n, "/network/AS")
		f := store.Filter{}
		if _, err := fmt.Sscan(asn, &f.ASN); err != nil {
			return nil, err
		}
		rows, err := h.lake.Latest(ctx, f, 5, i*3)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			measurements = append(measurements, "/measurement/"+r.MeasurementUID)
		}
		target := strings.TrimPrefix(targets[i%len(targets)], "/target/")
		lists = append(lists, "/measurements?asn="+asn, "/measurements?target="+target, "/measurements?state=blocked&cc="+strings.TrimPrefix(countries[i%len(countries)], "/country/"))
	}
	out := []pageKind{
		{"home", []string{"/"}}, {"country", countries}, {"network", networks}, {"target", targets}, {"category", categories},
		{"measurement", measurements}, {"measurements", append(lists, "/measurements")},
		{"rules", []string{"/rules", "/rules/dns", "/rules/tls"}}, {"about", []string{"/about"}},
		{"search", []string{"/search?q=filtro", "/search?q=news", "/search?q=signal.org", "/search?q=censura", "/search?q=proveedor"}},
	}
	for _, from := range []struct{ name, page, link string }{
		{"incident", "/incidents", `href="(/incident/[0-9a-zA-Z.-]+)"`}, {"claim", "/claims", `href="(/claim/[^"/?#]+)"`},
		{"case", "/cases", `href="(/case/[^"/?#]+)"`}, {"entity", "/entities", `href="(/entity/[^"/?#]+)"`}, {"item", "/items", `href="(/item/[^"/?#]+)"`},
	} {
		found, err := b.linked(ctx, from.page, from.link)
		if err != nil {
			return nil, err
		}
		out = append(out, pageKind{from.name, append(found, from.page)})
	}
	for i := range out { // every other one in another language
		for j, p := range out[i].paths {
			if j%2 == 1 && p != "/" {
				out[i].paths[j] = "/es" + p
			}
		}
	}
	return out, nil
}

// linked returns the addresses that a page links to.
func (b *siteBench) linked(ctx context.Context, page, link string) ([]string, error) {
	body, err := b.asked(ctx, page)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, m := range regexp.MustCompile(link).FindAllStringSubmatch(string(body), -1) {
		out = append(out, m[1])
	}
	return out, nil
}
