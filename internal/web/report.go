package web

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"veedor/internal/weigh/desk"
)

// readerReport is how the desk's items that readers wrote were found.
const readerReport = "reader’s report"

// reportPage says how an error is reported, and takes a report where people work.
type reportPage struct {
	base
	Page    string // address of the page that it is about; "" where none was named
	Address string // the same, with the site
	State   string // address of the state of it that stays; "" where none was named
	Contact string
	Mail    string // address for a mail, with the text filled in; "" where the contact is none
	Onion   bool
	Open    bool   // a form can be sent here
	Form    string // what the form carries, so that it is known again; see gate
	Text    string
	Error   string
	Done    bool
	Max     int64
	Block   string // what to send, filled in
}

// Limits of what readers send.
const (
	maxReport     = 4000 // runes of a report
	maxReportForm = 64 << 10
	manyReports   = 1000 // that wait; more are not counted
)

// reportHref is the page on which errors of another are reported; of no page of the desk, which has its own ways.
func (r *request) reportHref(tail string) string {
	path, _, _ := strings.Cut(tail, "?")
	switch {
	case r.seen.desk:
		return ""
	case path == "/report":
		return prefix(r.lang) + "/report"
	}
	return r.reportAddress(tail, "")
}

// reportAddress is where an error of a page of ours is reported; state is the address cited of it, or "". In a copy,
// which takes no form and has one page about it for all, it is the site's own, else a mail that names the page.
func (r *request) reportAddress(page, state string) string {
	q := url.Values{"page": {page}}
	if state != "" {
		q.Set("state", state)
	}
	here := prefix(r.lang) + "/report"
	if r.s.Copy == nil {
		return here + "?" + q.Encode()
	}
	if site := r.address(); site != "" {
		return site + here + "?" + q.Encode()
	}
	return cmp.Or(r.reportMail(page, r.reportBlock(page, state)), here)
}

// reportBlock is what a report says, to be filled in.
func (r *request) reportBlock(page, state string) string {
	full := func(tail string) string {
		if tail == "" {
			return "…"
		}
		return r.address() + tail
	}
	return r.words().get("report.block", full(page), full(state), r.s.RuleSet)
}

// reportMail is an address for mail with the text filled in; "" if whoever runs this gave no address for mail.
func (r *request) reportMail(page, block string) string {
	mail := mailAddress(shorten(r.s.Contact, 300))
	if mail == "" {
		return ""
	}
	q := url.Values{"subject": {r.words().get("report.subject", cmp.Or(page, "/"))}, "body": {block}}
	return "mailto:" + url.PathEscape(mail) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

func (s *site) reportPage(r *request) error {
	return r.showReport(http.StatusOK, reportPage{Page: reported(r.URL.Query().Get("page")), State: reported(r.URL.Query().Get("state"))})
}

// reported returns the address of a page of ours; "" for anything else.
func reported(page string) string {
	if len(page) > 600 {
		return ""
	}
	return local(page, "")
}

func (r *request) showReport(status int, p reportPage) error {
	w := r.words()
	p.base, p.Max = r.base(w.get("report.title")), maxReport
	p.Open, p.Contact = r.s.Work != nil, shorten(r.s.Contact, 300)
	if p.Open && !p.Done {
		r.once = true
		if p.Form == "" {
			p.Form = r.s.gate.form(r.s.now())
		}
	}
	p.Onion = strings.Contains(p.Contact, ".onion")
	if p.Page != "" {
		p.Address = r.address() + p.Page
	}
	p.Block = r.reportBlock(p.Page, p.State)
	p.Mail = r.reportMail(p.Page, p.Block)
	r.w.Header().Set("Referrer-Policy", "same-origin") // with no-referrer, browsers send "Origin: null" with forms
	return r.render(status, "report", p)
}

// mailAddress returns an address for mail if a contact is one, "" otherwise.
func mailAddress(contact string) string {
	contact = strings.TrimPrefix(contact, "mailto:")
	name, host, ok := strings.Cut(contact, "@")
	if !ok || name == "" || host == "" || strings.ContainsAny(contact, " /?&<>\"'(),;:\\") || strings.Contains(host, "@") {
		return ""
	}
	return contact
}

// takeReport keeps what a reader says, and nothing of the reader: no address, no cookie, no headers. That another site
// sent the form is refused by what the browser says itself; there is no account whose rights it could use.
func (s *site) takeReport(r *request) error {
	if http.NewCrossOriginProtection().Check(r.Request) != nil {
		return &problem{http.StatusForbidden, "error.form", ""}
	}
	r.Body = http.MaxBytesReader(r.w, r.Body, maxReportForm)
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return &problem{http.StatusUnsupportedMediaType, "error.form", ""}
	}
	if err := r.ParseForm(); err != nil {
		return &problem{http.StatusRequestEntityTooLarge, "error.long", ""}
	}
	p := reportPage{Page: reported(r.PostFormValue("page")), State: reported(r.PostFormValue("state")), Text: tidy(r.PostFormValue("text"))}
	w, form := r.words(), r.PostFormValue("form")
	if _, ours := s.gate.formAge(form, s.now()); ours {
		p.Form = form // the one that is shown again is no younger
	}
	switch n := utf8.RuneCountInString(p.Text); {
	case strings.TrimSpace(p.Text) == "":
		p.Error = w.get("report.empty")
	case n > maxReport:
		p.Error = w.get("report.long", number(r.lang, int64(n)), number(r.lang, maxReport))
	}
	if p.Error != "" {
		return r.showReport(http.StatusUnprocessableEntity, p)
	}
	about, kind := s.reportSubject(p.Page)
	why, wait, err := s.gate.ask(s.now(), form, about, kind, func() (int, error) {
		list, err := s.waitingReports(r.Context())
		return len(list), err
	})
	if err != nil {
		return err
	}
	if why != "" {
		return r.refuseReport(p, why, wait)
	}
	if err := s.keepReport(r.Context(), p.Page, p.State, p.Text); err != nil {
		return fmt.Errorf("keep report: %w", err)
	}
	return r.showReport(http.StatusOK, reportPage{Page: p.Page, Done: true})
}

// refuseReport says why a report was not let through and when it would be, and gives back what was written.
func (r *request) refuseReport(p reportPage, why string, wait time.Duration) error {
	w, status := r.words(), http.StatusTooManyRequests
	minutes := int64(math.Ceil(wait.Minutes()))
	switch {
	case why == "report.refused.stale" || why == "report.refused.twice":
		p.Form, status = "", http.StatusConflict
		p.Error = w.get(why)
	case why == "report.refused.soon":
		p.Error = w.get(why)
	case minutes > 90:
		p.Error = w.get(why, w.count(r.lang, "report.hours", int64(math.Ceil(wait.Hours()))))
	default:
		p.Error = w.get(why, w.count(r.lang, "report.minutes", minutes))
	}
	r.w.Header().Set("Retry-After", strconv.FormatInt(int64(math.Ceil(wait.Seconds())), 10))
	return r.showReport(status, p)
}

// reportSubject names what a report is about, and what kind of page that is; both are "" where there is no such page, so
// that addresses somebody makes up are all one.
func (s *site) reportSubject(page string) (about, kind string) {
	path, _, _ := strings.Cut(page, "?")
	path, _, _ = strings.Cut(path, "#")
	for _, lang := range languages[1:] {
		if rest, ok := strings.CutPrefix(path, prefix(lang)+"/"); ok {
			path = "/" + rest
		}
	}
	u, err := url.Parse(path)
	if err != nil || path == "" {
		return "", ""
	}
	_, pattern := s.routed.Handler(&http.Request{Method: http.MethodGet, URL: u, Host: "localhost"})
	pattern, ok := strings.CutPrefix(pattern, "GET /")
	if !ok {
		return "", ""
	}
	kind, _, _ = strings.Cut(pattern, "/")
	parts := strings.SplitN(u.EscapedPath(), "/", 4)
	return strings.Join(parts[:min(3, len(parts))], "/"), "/" + kind
}

// keepReport puts a report among what waits at the desk, in the desk's own name. It is published no more than any item
// is: by an editor who decides so.
func (s *site) keepReport(ctx context.Context, page, state, text string) error {
	about := cmp.Or(page, "/")
	if state != "" && state != page {
		text += "\n\n(" + state + ")"
	}
	_, err := s.Work.Desk.Write(ctx, desk.Viewer{Name: desk.Self, Role: desk.Researcher}, readerReport, desk.Change{Kind: desk.Item, ID: s.Work.Desk.NewID(),
		Set: map[string]any{"title": shorten("✉ "+about, 300), "text": text, "how_found": readerReport, "type": "message", "stage": "new"}})
	return err
}

// waitingReports returns the reports that nobody has taken up yet, newest first.
func (s *site) waitingReports(ctx context.Context) ([]desk.Record, error) {
	list, err := s.Work.Desk.List(ctx, desk.Viewer{Name: desk.Self, Role: desk.Researcher}, desk.Query{Kind: desk.Item, Where: map[string]string{"stage": "new"}, Newest: true, Limit: manyReports})
	return slices.DeleteFunc(list, func(i desk.Record) bool { return i.Str("how_found") != readerReport }), err
}

// queueReports lists what readers say is wrong.
func (s *site) queueReports(r *request) (queueList, error) {
	l := queueList{Key: "queue.reports"}
	list, err := s.waitingReports(r.Context())
	for i := range list {
		row := r.rowOf(&list[i])
		row.Note = shorten(list[i].Str("text"), 120)
		l.add(row)
	}
	return l, err
}
