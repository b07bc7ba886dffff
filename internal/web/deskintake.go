package web

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/intake"
)

var goodOrigin = regexp.MustCompile(`^https?://[A-Za-z0-9.:\[\]-]+$`)

// intakePage takes published things in: an address, a text, a file.
type intakePage struct {
	base
	URL, Title, Text, How, Case string
	Cases                       []option
	Error                       string
	Wrong                       string // which form that is about: address, file, or neither
	Mark                        string // the bookmarklet, as text to keep
	Jobs                        []jobRow
	Running                     bool
	Bare                        []queueRow // items that have an address and no capture
	May                         bool
	MaxUpload                   int64 // MiB
}

func (s *site) intake(r *request) error {
	q := r.URL.Query()
	return r.showIntake(http.StatusOK, intakePage{URL: shorten(q.Get("url"), 4000), Title: shorten(q.Get("title"), 1000), Case: q.Get("case")}, "")
}

func (r *request) showIntake(status int, p intakePage, trouble string) error {
	p.base, p.Error, p.May, p.MaxUpload = r.base(r.words().get("intake.title")), trouble, r.may(accounts.Write), maxUpload>>20
	home := r.origin()
	if !goodOrigin.MatchString(home) {
		home = "" // it would end the script's own text
	}
	p.Mark = "javascript:void(open('" + home + prefix(r.lang) + "/desk/intake?url='+encodeURIComponent(location.href)+'&title='+encodeURIComponent(document.title)))"
	list, err := r.s.Work.Desk.List(r.Context(), r.worker(), desk.Query{Kind: desk.Case, Newest: true, Limit: 50})
	if err != nil {
		return err
	}
	for i := range list {
		p.Cases = append(p.Cases, option{list[i].ID, called(&list[i], r.lang), list[i].ID == p.Case})
	}
	for _, j := range r.s.jobs.rows(r, "") {
		if len(p.Jobs) < 12 {
			p.Jobs = append(p.Jobs, j)
			p.Running = p.Running || !j.Done
		}
	}
	items, err := r.s.Work.Desk.List(r.Context(), r.worker(), desk.Query{Kind: desk.Item, Newest: true, Limit: 300})
	if err != nil {
		return err
	}
	for i := range items {
		if items[i].Str("url") != "" && len(items[i].Strings("captures")) == 0 && len(p.Bare) < 10 {
			row := r.rowOf(&items[i])
			row.Note = items[i].ID
			p.Bare = append(p.Bare, row)
		}
	}
	return r.render(status, "desk-intake", p)
}

// taking is how long a page waits for what it began: less than a reader's patience.
const taking = 1200 * time.Millisecond

// intakeAddress keeps an address or a text at once, and captures the page behind the answer.
func (s *site) intakeAddress(r *request) error {
	p := intakePage{Wrong: "address", URL: strings.TrimSpace(r.PostFormValue("url")), Title: tidy(r.PostFormValue("title")), Text: tidy(r.PostFormValue("text")), How: tidy(r.PostFormValue("how")), Case: r.PostFormValue("case")}
	f := intake.Found{URL: p.URL, Title: shorten(p.Title, 1000), Text: p.Text, How: shorten(p.How, 500), Case: p.Case}
	if utf8.RuneCountInString(f.Text) > 1_000_000 {
		return r.showIntake(http.StatusUnprocessableEntity, p, r.words().get("wrong.long"))
	}
	if f.URL != "" {
		if _, err := intake.Address(f.URL); err != nil {
			return r.notTaken(p, err)
		}
	} else if f.Title == "" || f.Text == "" {
		return r.showIntake(http.StatusUnprocessableEntity, p, r.words().get("intake.nothing"))
	}
	if s.Work.Take == nil {
		return r.missing()
	}
	who, take := r.worker(), s.Work.Take
	known := make(chan error, 1) // how it was kept, before its page is captured
	one, err := s.jobs.start(s, "take "+cmp.Or(f.URL, f.Title+" "+time.Now().String()), cmp.Or(f.URL, f.Title), who.Name, func(ctx context.Context) (string, error) {
		got, err := take(ctx, who, f, false)
		known <- err
		if err != nil || f.URL == "" {
			return got.Item, err
		}
		return s.captured(ctx, who, got.Item, f.URL)
	})
	if err != nil {
		return r.showIntake(http.StatusServiceUnavailable, p, r.words().get("intake.busy"))
	}
	select {
	case err := <-known:
		if err != nil {
			return r.notTaken(p, err)
		}
		one.wait(300 * time.Millisecond)
	case <-time.After(taking):
	}
	r.flash("intake.begun")
	return r.redirect("/desk/intake")
}

// captured captures the page of an item that is kept already.
func (s *site) captured(ctx context.Context, who desk.Viewer, item, address string) (string, error) {
	got, err := s.Work.Take(ctx, who, intake.Found{URL: address}, true)
	if err == nil {
		err = got.NoCapture
	}
	return cmp.Or(got.Item, item), err
}

// notTaken shows why something was not taken in.
func (r *request) notTaken(p intakePage, err error) error {
	text, err := r.refused(err)
	if err != nil {
		return err
	}
	return r.showIntake(http.StatusUnprocessableEntity, p, text)
}

// captureAgain captures the page of an item that has no capture.
func (s *site) captureAgain(r *request) error {
	item, err := r.recordOf(desk.Item, r.PathValue("id"))
	if err != nil {
		return err
	}
	address := item.Str("url")
	if address == "" || s.Work.Take == nil {
		return &problem{http.StatusBadRequest, "error.form", ""}
	}
	who := r.worker()
	if _, err := s.jobs.start(s, "take "+address, address, who.Name, func(ctx context.Context) (string, error) { return s.captured(ctx, who, item.ID, address) }); err != nil {
		return r.showIntake(http.StatusServiceUnavailable, intakePage{}, r.words().get("intake.busy"))
	}
	r.flash("intake.begun")
	return r.redirect("/desk/intake")
}

// fileName is what an uploaded file is called here: one name, no folder, nothing that does not print.
func fileName(h *multipart.FileHeader) string {
	name := path.Base(strings.ReplaceAll(h.Filename, `\`, "/"))
	name = strings.Trim(shorten(name, 120), ". ")
	if name == "" || name == "/" {
		return "file"
	}
	return name
}

// intakeFile takes in a file that others recorded, or a plain text.
func (s *site) intakeFile(r *request) error {
	p := intakePage{Wrong: "file", Title: tidy(r.PostFormValue("title")), How: tidy(r.PostFormValue("how")), Case: r.PostFormValue("case")}
	file, head, err := r.FormFile("file")
	if err != nil || head.Size == 0 {
		return r.showIntake(http.StatusUnprocessableEntity, p, r.words().get("intake.nofile"))
	}
	defer file.Close()
	if head.Size > maxUpload {
		return &problem{http.StatusRequestEntityTooLarge, "error.long", ""}
	}
	b, err := io.ReadAll(io.LimitReader(file, maxUpload+1))
	if err != nil {
		return fmt.Errorf("read upload: %w", err)
	}
	if s.Work.Take == nil || s.Work.Import == nil {
		return r.missing()
	}
	name, who := fileName(head), r.worker()
	f := intake.Found{Title: shorten(p.Title, 1000), How: cmp.Or(shorten(p.How, 500), "uploaded"), Case: p.Case, Type: "other"}
	text := strings.HasSuffix(strings.ToLower(name), ".txt") && utf8.Valid(b) && len(b) < 4<<20
	one, err := s.jobs.start(s, "file "+name+" "+time.Now().String(), name, who.Name, func(ctx context.Context) (string, error) {
		if text {
			f.Title, f.Text = cmp.Or(f.Title, name), tidy(string(b))
		} else {
			got, err := s.Work.Import(ctx, name, bytes.NewReader(b))
			if err != nil {
				return "", err
			}
			f.Captures, f.Title, f.Text = []string{got.Hash}, cmp.Or(f.Title, shorten(got.Title, 1000), name), got.Text
		}
		got, err := s.Work.Take(ctx, who, f, false)
		return got.Item, err
	})
	if err != nil {
		return r.showIntake(http.StatusServiceUnavailable, p, r.words().get("intake.busy"))
	}
	one.wait(taking)
	r.flash("intake.begun")
	return r.redirect("/desk/intake")
}

// tablesPage exchanges tables with Civic Media Observatory bases.
type tablesPage struct {
	base
	Files []string
	May   bool
	Error string
	There bool
}

func (s *site) tablesPage(r *request) error { return r.showTables(http.StatusOK, "") }

func (r *request) showTables(status int, trouble string) error {
	p := tablesPage{base: r.base(r.words().get("tables.title")), May: r.may(accounts.Publish), Error: trouble, There: r.s.Work.Tables != nil}
	if p.There {
		p.Files = r.s.Work.Tables.Names()
	}
	return r.render(status, "desk-tables", p)
}

func (s *site) tableFile(r *request) error {
	name := r.PathValue("file")
	if s.Work.Tables == nil {
		return r.missing()
	}
	for _, known := range s.Work.Tables.Names() {
		if known != name {
			continue
		}
		var b bytes.Buffer
		if err := s.Work.Tables.Export(r.Context(), r.worker(), known, &b); err != nil {
			return err
		}
		r.w.Header().Set("Content-Disposition", `attachment; filename="`+strings.ReplaceAll(known, `"`, "")+`"`)
		return r.send(http.StatusOK, "text/csv; charset=utf-8", "no-store", b.Bytes())
	}
	return r.missing()
}

func (s *site) tablesTaken(r *request) error {
	if s.Work.Tables == nil {
		return r.missing()
	}
	var files []TableFile
	if r.MultipartForm != nil {
		for _, h := range r.MultipartForm.File["files"] {
			if h.Size > 0 {
				files = append(files, TableFile{fileName(h), func() (io.ReadCloser, error) { return h.Open() }})
			}
		}
	}
	if len(files) == 0 || len(files) > 8 {
		return r.showTables(http.StatusUnprocessableEntity, r.words().get("intake.nofile"))
	}
	read, written, rejected, err := s.Work.Tables.Import(r.Context(), r.worker(), files)
	if err != nil {
		if r.Context().Err() != nil {
			return err
		}
		return r.showTables(http.StatusUnprocessableEntity, r.words().get("work.refused", isolate(shorten(err.Error(), 300))))
	}
	r.flash("tables.done", number(r.lang, int64(read)), number(r.lang, int64(written)), number(r.lang, int64(rejected)))
	return r.redirect("/desk/tables")
}
