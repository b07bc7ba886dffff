package web

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"veedor/internal/evidence/tlog"
	"veedor/internal/follow/registry"
)

// datasetPage is one list or table: its states, what became of what was read, and what changed between two of them.
type datasetPage struct {
	base
	Dataset registry.Dataset
	Shown   string
	Href    string
	States  []stateRow // latest first
	Left    int64
	Private bool // values of private life were left out
	Diff    *diffShown
	Choose  []option // states that may be compared, where there are two at least
	Then    string   // of a state alone: its day, in words
	Now     string   // the page of all states, from that of one
}

// stateRow is a dataset as it was on a day, with its accounting.
type stateRow struct {
	registry.State
	DatedWords string
	Href       string
	Own        bool // the day is the list's own, not the one when it came to us
	Rejects    string
	Diff       string // what changed since the one before; "" for the first
	Files      []fileRow
	MoreFiles  int64
	Private    int64
	Reasons    []reasonRow
}

type reasonRow struct {
	Text translated
	N    int64
}

// fileRow is a file of a state.
type fileRow struct {
	registry.File
	Leaf *leafRow
	Href string // where it can be fetched; "" where it holds what is not given out
}

const (
	statesOnPage = 10
	filesOfState = 4
)

// datasetAsked returns the dataset whose page was asked for, and its states, earliest first.
func (s *site) datasetAsked(r *request) (registry.Dataset, []registry.State, error) {
	name := r.PathValue("name")
	missing := &problem{http.StatusNotFound, "error.dataset", name}
	if s.Registry == nil {
		return registry.Dataset{}, nil, missing
	}
	list, err := s.Registry.Datasets(r.Context())
	if err != nil {
		return registry.Dataset{}, nil, err
	}
	i := slices.IndexFunc(list, func(d registry.Dataset) bool { return d.Name == name })
	if i < 0 {
		return registry.Dataset{}, nil, missing
	}
	states, err := s.Registry.States(r.Context(), name)
	return list[i], states, err
}

func (s *site) dataset(r *request) error {
	d, states, err := s.datasetAsked(r)
	if err != nil {
		return err
	}
	p := datasetPage{base: r.base(isolate(shorten(cmp.Or(d.Title, d.Name), 80))), Dataset: d, Shown: cmp.Or(d.Title, d.Name), Href: datasetHref(r.lang, d.Name)}
	for i := range slices.Backward(states) {
		p.Private = p.Private || holdsPrivate(states[i])
		if len(p.States) == statesOnPage {
			p.Left++
			continue
		}
		p.States = append(p.States, r.stateRow(states, i))
	}
	if len(states) > 1 {
		if p.Diff, err = r.diffAsked(d.Name, states); err != nil {
			return err
		}
		for _, st := range slices.Backward(states) {
			if len(p.Choose) < 60 {
				p.Choose = append(p.Choose, option{strconv.FormatInt(st.ID, 10), r.dated(st.Date()) + " · " + strconv.FormatInt(st.ID, 10), false})
			}
		}
	}
	if n := len(states); n > 0 {
		p.Cite = r.citing(r.stateCited(d, states[n-1], false), "")
	}
	return r.render(http.StatusOK, "dataset", p)
}

// datasetState shows one state of a list: its files, and what became of what was read. It stays, whatever comes later.
func (s *site) datasetState(r *request) error {
	d, states, err := s.datasetAsked(r)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(states, func(st registry.State) bool { return strconv.FormatInt(st.ID, 10) == r.PathValue("state") })
	if i < 0 {
		return &problem{http.StatusNotFound, "error.liststate", r.PathValue("state")}
	}
	w, st := r.words(), states[i]
	p := datasetPage{Dataset: d, Shown: cmp.Or(d.Title, d.Name), Href: datasetHref(r.lang, d.Name), Then: r.dated(st.Date()), Now: datasetHref(r.lang, d.Name), Private: holdsPrivate(st), States: []stateRow{r.stateRow(states, i)}}
	p.base = r.base(w.get("incident.asof", isolate(shorten(p.Shown, 80)), p.Then))
	p.Cite = r.citing(r.stateCited(d, st, true), "")
	return r.render(http.StatusOK, "dataset", p)
}

// stateCited is how a list is cited: in a state, with the hashes of its files.
func (r *request) stateCited(d registry.Dataset, st registry.State, frozen bool) quotable {
	w := r.words()
	var files []string
	for _, f := range firstOf(st.Files, filesOfState) {
		files = append(files, shorten(f.Name, 80)+" "+f.Hash)
	}
	q := quotable{Name: "list-" + d.Name + "-" + strconv.FormatInt(st.ID, 10), Sentence: w.get("dataset.citation", isolate(shorten(cmp.Or(d.Title, d.Name), 160)), isolate(shorten(cmp.Or(d.Publisher, w.get("reg.unknown")), 120)), r.dated(st.Date()), number(r.lang, int64(st.Account.Kept))),
		Page: datasetHref(r.lang, d.Name), At: st.Learnt, Version: r.dated(st.Date()), Note: w.get("cite.files", strings.Join(files, "; ")), Stays: "cite.stays.dataset", Dataset: true}
	q.Frozen = q.Page + "/state/" + strconv.FormatInt(st.ID, 10)
	if frozen {
		q.Page, q.Stays = q.Frozen, "cite.stays.frozen"
	}
	return q
}

// holdsPrivate says whether values of private life were left out of what was read, so that the files hold some.
func holdsPrivate(s registry.State) bool { return len(s.Account.Private) > 0 }

func (r *request) stateRow(states []registry.State, i int) stateRow {
	st := states[i]
	row := stateRow{State: st, DatedWords: r.dated(st.Date()), Href: datasetHref(r.lang, st.Dataset) + "/state/" + strconv.FormatInt(st.ID, 10), Own: st.Dated != ""}
	if i > 0 {
		row.Diff = diffHref(r.lang, st.Dataset, states[i-1].ID, st.ID) + "#diff"
	}
	if st.Account.Rejected > 0 || st.Account.Problems > 0 {
		row.Rejects = datasetHref(r.lang, st.Dataset) + "/rejected?state=" + strconv.FormatInt(st.ID, 10)
	}
	for _, n := range st.Account.Private {
		row.Private += int64(n)
	}
	for _, f := range firstOf(st.Files, filesOfState) {
		fr := fileRow{File: f, Leaf: r.findLeaf(tlog.Object, f.Objects()[0])}
		if !holdsPrivate(st) {
			fr.Href = datasetHref("en", st.Dataset) + "/file/" + f.Hash
		}
		row.Files = append(row.Files, fr)
	}
	row.MoreFiles = int64(len(st.Files) - len(row.Files))
	return row
}

// datasetFile sends a file of a state, as it lies in the archive.
func (s *site) datasetFile(r *request) error {
	_, states, err := s.datasetAsked(r)
	if err != nil {
		return err
	}
	hash := r.PathValue("hash")
	for _, st := range states {
		i := slices.IndexFunc(st.Files, func(f registry.File) bool { return f.Hash == hash })
		if i < 0 {
			continue
		}
		if holdsPrivate(st) {
			return &problem{http.StatusForbidden, "error.privatefile", hash}
		}
		return r.archived(st.Files[i])
	}
	return &problem{http.StatusNotFound, "error.file", hash}
}

// archived sends a file part by part.
func (r *request) archived(f registry.File) error {
	for i, h := range f.Objects() {
		b, err := r.s.Evidence.Raw(h)
		if err != nil {
			if i == 0 {
				return errors.Join(&problem{http.StatusInternalServerError, "error.evidence", h}, err)
			}
			r.s.Log.Error("file of a list breaks off", "hash", f.Hash, "part", h, "error", err)
			return nil
		}
		if i == 0 {
			h := r.w.Header()
			h.Set("Content-Type", "application/octet-stream")
			h.Set("Cache-Control", "public, max-age=86400")
			h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
			r.download(f.Name)
			r.w.WriteHeader(http.StatusOK)
		}
		if r.Method == http.MethodHead {
			return nil
		}
		if _, err := r.w.Write(b); err != nil {
			return nil // a reader who has gone is no fault of ours
		}
	}
	return nil
}

// rejectedPage lists rows and values of a state that were not taken over.
type rejectedPage struct {
	base
	Shown, Href string
	State       stateRow
	Rows        []rejectRow
	Total       int64
	Raw         bool // what was rejected may be shown
	Prev, Next  string
}

type rejectRow struct {
	Entity, EntityHref string
	Prop               string
	Reason             translated
	Raw                string
	File, Place        string
}

const rejectsPerPage = 40

func (s *site) rejected(r *request) error {
	d, states, err := s.datasetAsked(r)
	if err != nil {
		return err
	}
	asked := r.URL.Query().Get("state")
	i := slices.IndexFunc(states, func(st registry.State) bool { return strconv.FormatInt(st.ID, 10) == asked })
	if asked == "" {
		i = len(states) - 1
	}
	if i < 0 {
		return &problem{http.StatusNotFound, "error.liststate", asked}
	}
	p := rejectedPage{base: r.base(r.words().get("dataset.rejectedof", isolate(shorten(cmp.Or(d.Title, d.Name), 60)))), Shown: cmp.Or(d.Title, d.Name), Href: datasetHref(r.lang, d.Name), State: r.stateRow(states, i), Raw: !holdsPrivate(states[i])}
	reasons := map[string]int64{}
	for k, n := range states[i].Account.Reasons {
		reasons[k] = int64(n)
	}
	for _, k := range firstOf(sortedKeys(reasons), 12) {
		p.State.Reasons = append(p.State.Reasons, reasonRow{r.refusedFor(k, 120), reasons[k]})
	}
	page := pageNumber(r.URL.Query().Get("page"))
	from := int64(page-1) * rejectsPerPage
	space := &room{pageRoom}
	err = s.Registry.Rejects(r.Context(), states[i].ID, func(rj registry.Reject) error {
		if p.Total >= from && len(p.Rows) < rejectsPerPage {
			row := rejectRow{Entity: shorten(rj.Entity, 80), Prop: shorten(rj.Prop, 60), Reason: r.refusedFor(rj.Reason, 200), File: shorten(rj.At.File, 60), Place: r.place(rj.At)}
			if n := r.node(rj.Entity); rj.Entity != "" && n.Schema != "" {
				row.EntityHref = entityHref(r.lang, n.ID)
			}
			if p.Raw || rj.Entity != "" {
				row.Raw = shorten(string(rj.Raw), 160)
			}
			if !space.take(220 + weight(row.Entity, row.EntityHref, row.Prop, row.Reason.Short, row.Raw, row.File)) {
				row.Raw, row.Reason, row.EntityHref = "…", r.refusedFor(rj.Reason, 60), ""
			}
			p.Rows = append(p.Rows, row)
		}
		p.Total++
		return nil
	})
	if err != nil {
		return err
	}
	if page > 1 {
		p.Prev = r.with(map[string]string{"page": pageParameter(page - 1)}, "")
	}
	if from+rejectsPerPage < p.Total {
		p.Next = r.with(map[string]string{"page": pageParameter(page + 1)}, "")
	}
	return r.render(http.StatusOK, "rejected", p)
}

// refusedFor says why something was not taken over, in about n characters: there are many such lines on a page.
func (r *request) refusedFor(reason string, n int) translated {
	out := r.tell(reasonSentences, reason, n)
	out.Full = ""
	return out
}
