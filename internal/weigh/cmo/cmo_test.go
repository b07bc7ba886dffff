package cmo

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

var editor = desk.Viewer{Name: "ana", Role: desk.Editor}

func newDesk(t *testing.T) *desk.Desk {
	t.Helper()
	d, err := desk.Open(context.Background(), t.TempDir(), desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func load(t *testing.T, d *desk.Desk, tables map[string]string) map[string]Account {
	t.Helper()
	var files []File
	for name, text := range tables {
		files = append(files, File{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	}
	got, err := Import(context.Background(), d, editor, files, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]Account{}
	for _, a := range got {
		if a.Read != a.New+a.Changed+a.Same+len(a.Rejected) {
			t.Errorf("%s: read %d is not new %d + changed %d + same %d + rejected %d", a.Table, a.Read, a.New, a.Changed, a.Same, len(a.Rejected))
		}
		out[a.Table] = a
	}
	return out
}

func save(t *testing.T, d *desk.Desk, name string) string {
	t.Helper()
	for _, table := range Tables() {
		if table.Name == name {
			var b bytes.Buffer
			if _, err := Export(context.Background(), d, editor, table, &b); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
	}
	t.Fatalf("no table %s", name)
	return ""
}

// base is an invented base: every known column, and traps in each table.
func base() map[string]string {
	items := tables()[7]
	head := []string{}
	for _, c := range items.cols {
		head = append(head, strings.ReplaceAll(c.title, "…", "they caused"))
	}
	head = append(head, "AutoNumberID", "Is this item a meme", "Number of characters in summary", "Is this item a meme") // known to nobody here, one of them twice
	row := func(of map[string]string) string {
		var cells []cell
		for _, h := range head {
			text := of[h]
			cells = append(cells, cell{text, style{}.needs(text)})
		}
		return join(cells)
	}
	hq := []cell{}
	for _, h := range head {
		hq = append(hq, cell{h, style{}.needs(h)})
	}
	return map[string]string{
		"Locations-Grid view.csv":           "\xef\xbb\xbfName,Country,Media Sources\r\nPuerto Claro,Borduna,\"Radio Claro,El Faro\"\r\n\"Norte, distrito\",Borduna,\r\n",
		"Themes-Grid view.csv":              "Title,Description,Parent Theme,Initial and final editor,Updated At\nCensorship,What is cut off,,Ana,2021-03-31 10:00\nFilters,,Censorship,,\n",
		"People and Entities-Grid view.csv": "\"Name\",\"Type\",\"Role\"\n\"Ministry of Waves\",\"government\",\"\"\n\"Ministry of Waves\",\"Other thing\",\"twice the same name\"\n",
		"Media Sources-Grid view.csv":       "Name,items,Type,Homepage,Languages,Location,Owner,Related items\nRadio Claro,Blocked again,radio,https://claro.example,\"Spanish,English\",Puerto Claro,\"\"\"La\"\" Compañía\",\nEl Faro,,,,,\"Nowhere, \",,Blocked again\n",
		"Newsletter Brief-Grid view.csv":    "Title,Date,Stories\nMay brief,5/31/2021,The filter\n",
		"Stories-Grid view.csv":             "Title,URL,Date,Items,Narrative Frames\nThe filter,https://example.org/filter,31/5/2021,\"Blocked again,\"\"A title, with a comma\"\"\",Filters protect children\nOther,,13/2/2021,,\n",
		"Narrative Frames-Grid view.csv":    "Title,Description,Parent Frame,Search terms,Why it matters\nFilters protect children,\"Two\nlines\",,\"protect,children\",\nForeigners attack us,,Filters protect children,,\"It \"\"explains\"\" everything\"\n",
		"Items-Grid view.csv": join(hq) + "\n" +
			row(map[string]string{"AutoNumberID": "1", "Title": "Blocked again", "URL": "https://claro.example/1", "Primary media source": "Radio Claro", "Item publication date": "3/31/2021", "Civic impact": "-2", "Describe why you assigned this score": "It misleads, \"badly\"",
				"Narrative frames asserted": "Filters protect children,Foreigners attack us", "Summary description (500 characters max)": strings.Repeat("long ", 120), "Full text (media item language)": "Uno\n\nDos, \"tres\"", "Is this item a meme": "checked", "What individuals, groups they caused": "Ministry of Waves"}) + "\n" +
			row(map[string]string{"AutoNumberID": "2", "Title": "A title, with a comma", "Item publication date": "sometime in May", "Civic impact": "unsure", "Narrative frames asserted": "A frame that nobody wrote", "Item type": "social media"}) + "\n" +
			"a row,of three,cells\n" +
			row(map[string]string{"AutoNumberID": "3", "Title": " spaces around ", "Civic impact": "+1"}) + "\n" +
			row(map[string]string{"AutoNumberID": "4"}),
	}
}

func TestRoundTrip(t *testing.T) {
	d := newDesk(t)
	in := base()
	got := load(t, d, in)
	if len(got) != 8 {
		t.Fatalf("%d tables", len(got))
	}
	for name, text := range in {
		table := strings.TrimSuffix(name, "-Grid view.csv")
		if diff := cmp.Diff(text, save(t, d, table)); diff != "" {
			t.Errorf("%s came back otherwise (-went in +came out)\n%s", table, diff)
		}
	}
	items := got["Items"]
	if items.New != 4 || len(items.Rejected) != 1 || items.Unknown != 4 {
		t.Errorf("items: %d new, rejected %+v, %d unknown columns", items.New, items.Rejected, items.Unknown)
	}
	if len(items.Problems()) == 0 {
		t.Error("a date, a score and a frame that cannot be read were not said")
	}
	for table, a := range load(t, d, in) {
		if a.New+a.Changed+a.Conflicts != 0 {
			t.Errorf("%s: imported again, %d new, %d changed, %d conflicts", table, a.New, a.Changed, a.Conflicts)
		}
	}
}

func TestMeaning(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	load(t, d, base())
	one := func(k desk.Kind, where map[string]string) desk.Record {
		t.Helper()
		return only(t, d, k, where)
	}
	item := one(desk.Item, map[string]string{"title": "Blocked again"})
	source := one(desk.Source, map[string]string{"name": "Radio Claro"})
	if got := []string{item.Str("source"), item.Str("published_on"), item.Str("text")}; !cmp.Equal(got, []string{source.ID, "2021-03-31", "Uno\n\nDos, \"tres\""}) {
		t.Errorf("the item says %q", got)
	}
	if item.Str("summary") != "" {
		t.Error("a summary of 600 characters was taken into a field of 500")
	}
	score := one(desk.Score, map[string]string{"item": item.ID})
	if n, ok := score.Int("value"); n != -2 || !ok || score.Str("reason") != `It misleads, "badly"` {
		t.Errorf("the score is %d, %q", n, score.Str("reason"))
	}
	stances, err := d.List(ctx, editor, desk.Query{Kind: desk.Stance, Where: map[string]string{"item": item.ID}})
	if err != nil || len(stances) != 2 {
		t.Errorf("%d stances, %v", len(stances), err)
	}
	story := one(desk.Story, map[string]string{"title": "The filter"})
	if story.Str("date") != "2021-05-31" || len(story.Strings("items")) != 2 {
		t.Errorf("the story is of %s, with items %v", story.Str("date"), story.Strings("items"))
	}
	if _, err := d.List(ctx, desk.Public(), desk.Query{Kind: desk.Item}); err != nil {
		t.Fatal(err)
	}
	if list, _ := d.List(ctx, desk.Public(), desk.Query{Kind: desk.Item}); len(list) != 0 {
		t.Errorf("readers see %d imported items that no editor published", len(list))
	}
}

// only returns the one record whose fields say so.
func only(t *testing.T, d *desk.Desk, k desk.Kind, where map[string]string) desk.Record {
	t.Helper()
	list, err := d.List(context.Background(), editor, desk.Query{Kind: k})
	if err != nil {
		t.Fatal(err)
	}
	list = slices.DeleteFunc(list, func(r desk.Record) bool {
		for field, value := range where {
			if r.Str(field) != value {
				return true
			}
		}
		return false
	})
	if len(list) != 1 {
		t.Fatalf("%s %v: there are %d", k, where, len(list))
	}
	return list[0]
}

func TestChangedOnBothSides(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	in := base()
	load(t, d, in)
	theme := only(t, d, desk.Theme, map[string]string{"title": "Filters"})
	write := func(set map[string]any) {
		t.Helper()
		if _, err := d.Write(ctx, editor, "test", desk.Change{Kind: desk.Theme, ID: theme.ID, On: desk.Latest, Set: set}); err != nil {
			t.Fatal(err)
		}
	}
	write(map[string]any{"description": "written on the desk"})
	const name = "Themes-Grid view.csv"
	want := strings.Replace(in[name], "Filters,,Censorship", "Filters,written on the desk,Censorship", 1)
	if diff := cmp.Diff(want, save(t, d, "Themes")); diff != "" {
		t.Errorf("only one cell changed (-want +got)\n%s", diff)
	}
	later := map[string]string{name: strings.Replace(in[name], "Filters,,Censorship", "Filters,written in the base,", 1)}
	a := load(t, d, later)["Themes"]
	if a.Changed != 1 || a.Conflicts != 1 {
		t.Errorf("%d changed, %d conflicts", a.Changed, a.Conflicts)
	}
	got, err := d.Get(ctx, editor, desk.Theme, theme.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Str("description") != "written on the desk" || got.Str("parent") != "" {
		t.Errorf("description %q, parent %q", got.Str("description"), got.Str("parent"))
	}
	if c, err := d.Conflicts(ctx, editor, desk.Theme, theme.ID, false); err != nil || len(c) != 1 || c[0].Rival != "written in the base" {
		t.Errorf("conflicts %+v, %v", c, err)
	}
}

func TestMadeHere(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	in := base()
	load(t, d, in)
	if _, err := d.Write(ctx, editor, "test", desk.Change{Kind: desk.Frame, ID: "new", Set: map[string]any{"text": cases.Text{"en": `It is "for you"`}, "terms": []string{"a, b", "c"}}}); err != nil {
		t.Fatal(err)
	}
	want := in["Narrative Frames-Grid view.csv"] + "\"It is \"\"for you\"\"\",,,\"\"\"a, b\"\",c\",\n"
	if diff := cmp.Diff(want, save(t, d, "Narrative Frames")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRefused(t *testing.T) {
	for name, text := range map[string]string{"empty.csv": "", "unknown.csv": "a,b,c\n1,2,3\n", "items.csv": "Title,\"URL\nno end"} {
		_, err := Import(context.Background(), newDesk(t), editor, []File{{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}, nil)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := Import(context.Background(), newDesk(t), editor, []File{{Name: "x", Open: func() (io.ReadCloser, error) { return nil, io.ErrUnexpectedEOF }}}, nil)
	if err == nil {
		t.Error("no error of a file that cannot be opened")
	}
}

func FuzzRows(f *testing.F) {
	for _, s := range base() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := newRows(bytes.NewReader(b))
		for {
			cells, raw, err := r.read()
			if err == io.EOF {
				return
			}
			text, ended := strings.CutSuffix(string(raw), "\n")
			if ended {
				text = strings.TrimSuffix(text, "\r")
			}
			if err == nil && join(cells) != text && r.line > 1 {
				t.Fatalf("%q was read as %q", raw, join(cells))
			}
			if err != nil && len(raw) == 0 {
				t.Fatalf("a row was lost: %v", err)
			}
		}
	})
}

func TestRecognise(t *testing.T) {
	for file, text := range base() {
		want := strings.TrimSuffix(file, "-Grid view.csv")
		for _, name := range []string{file, "export (3).csv"} {
			cells, _, err := newRows(strings.NewReader(text)).read()
			if err != nil {
				t.Fatal(err)
			}
			got, _ := recognise(filepath.Base(name), headers(cells))
			if name == file && got.name != want {
				t.Errorf("%s was taken for %q", name, got.name)
			}
			if name != file && want == "Items" && got.name != want {
				t.Errorf("by its columns, %s was taken for %q", want, got.name)
			}
		}
	}
}
