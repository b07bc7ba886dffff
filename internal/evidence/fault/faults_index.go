package fault

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"veedor/internal/evidence/dossier"
	"veedor/internal/evidence/wacz"
)

// inIndex is a fault of the index alone. Hashes and signature were made after it.
func inIndex(name, does string, edit func(lines []*cdxLine) ([]*cdxLine, error)) Fault {
	return inPack("index-"+name, does, "gzip", wants(dossier.ClassWARC), finds(wacz.ClassIndex), func(p *pack) error { return p.editIndex(edit) }, nil)
}

// inLine is a fault of the line of one page.
func inLine(name, does string, edit func(l *cdxLine)) Fault {
	return inIndex(name, does, func(lines []*cdxLine) ([]*cdxLine, error) {
		edit(pageLineOf(lines))
		sortCDX(lines)
		return lines, nil
	})
}

// pageLineOf is the line of some page that was answered 200.
func pageLineOf(lines []*cdxLine) *cdxLine {
	for _, l := range lines {
		if l.fields.get("status").text() == "200" && strings.HasPrefix(l.fields.get("mime").text(), "text/html") {
			return l
		}
	}
	return lines[0]
}

func plus(l *cdxLine, name string, n int) {
	v, _ := strconv.Atoi(l.fields.get(name).text()) // a number, or the line would not have been read
	l.fields.set(name, strconv.Itoa(v+n))
}

func indexFaults() []Fault {
	inText := func(name, does, of string, edit func(p *pack) error) Fault {
		return inPack("index-"+name, does, of, wants(dossier.ClassWARC), finds(wacz.ClassIndex), edit, nil)
	}
	return []Fault{
		inIndex("line-missing", "a record that the index does not list", func(lines []*cdxLine) ([]*cdxLine, error) {
			return slices.DeleteFunc(lines, func(l *cdxLine) bool { return l == pageLineOf(lines) }), nil
		}),
		inIndex("line-extra", "a line for a record that is not there", func(lines []*cdxLine) ([]*cdxLine, error) {
			l := &cdxLine{"example,elsewhere)/", lines[0].at, lines[0].fields.clone()}
			l.fields.set("url", "https://elsewhere.example/")
			lines = append(lines, l)
			sortCDX(lines)
			return lines, nil
		}),
		inIndex("line-twice", "a line twice", func(lines []*cdxLine) ([]*cdxLine, error) { return slices.Insert(lines, 0, lines[0]), nil }),
		inIndex("unsorted", "lines that are not in order", func(lines []*cdxLine) ([]*cdxLine, error) {
			slices.Reverse(lines)
			return lines, nil
		}),
		inIndex("swapped", "the places of two records changed", func(lines []*cdxLine) ([]*cdxLine, error) {
			a, b := lines[0].fields, lines[len(lines)-1].fields
			for _, name := range []string{"offset", "length", "filename"} {
				x, y := a.get(name), b.get(name)
				a.set(name, y)
				b.set(name, x)
			}
			return lines, nil
		}),
		inLine("offset", "an offset one byte too far", func(l *cdxLine) { plus(l, "offset", 1) }),
		inLine("offset-negative", "a negative offset", func(l *cdxLine) { l.fields.set("offset", "-1") }),
		inLine("offset-beyond", "an offset beyond the end of the file", func(l *cdxLine) { plus(l, "offset", 1<<30) }),
		inLine("length", "a length one byte too short", func(l *cdxLine) { plus(l, "length", -1) }),
		inLine("length-long", "a length that takes in the next record", func(l *cdxLine) { plus(l, "length", 500) }),
		inLine("digest", "another digest than the record's", func(l *cdxLine) { l.fields.set("digest", "sha256:"+strings.Repeat("7", 64)) }),
		inLine("status", "another HTTP status than the record's", func(l *cdxLine) { l.fields.set("status", "451") }),
		inLine("mime", "another media type than the record's", func(l *cdxLine) { l.fields.set("mime", "application/pdf") }),
		inLine("timestamp", "another time than the record's", func(l *cdxLine) { l.at = "20190101000000" }),
		inLine("timestamp-none", "a time that is none", func(l *cdxLine) { l.at = "20241399000000" }),
		inLine("key", "a key that is not that of the URL", func(l *cdxLine) { l.key = strings.Replace(l.key, ")/", ")/other/", 1) }),
		inLine("url", "another URL than the record's, with its own key", func(l *cdxLine) {
			l.fields.set("url", "https://other.example/page")
			l.key = "example,other)/page"
		}),
		inLine("file", "a WARC file that is not there", func(l *cdxLine) { l.fields.set("filename", "absent.warc.gz") }),
		inLine("field-missing", "a line without offset", func(l *cdxLine) { l.fields.drop("offset") }),
		inText("missing", "a package without index", "gzip", func(p *pack) error {
			for _, e := range p.zip.under("indexes/") {
				p.zip.drop(e.name)
			}
			return p.list()
		}).as(wants(dossier.ClassWARC, dossier.ClassPackage), finds(wacz.ClassIndex, wacz.ClassPackage)),
		inText("no-json", "a line whose fields are no JSON", "gzip", func(p *pack) error {
			e := p.indexFile()
			e.data = bytes.Replace(e.data, []byte(`{"url"`), []byte(`{url`), 1)
			return nil
		}),
		inText("key-twice", "the field offset twice in a line", "gzip", func(p *pack) error {
			e := p.indexFile()
			e.data = bytes.Replace(e.data, []byte(`"offset":`), []byte(`"offset":"0","offset":`), 1)
			return nil
		}),
		inText("gzip", "a compressed index that cannot be unpacked", "blocks", func(p *pack) error {
			e := p.indexFile()
			e.data = e.data[:len(e.data)-30]
			return nil
		}).as(wants(dossier.ClassWARC, dossier.ClassContainer), finds(wacz.ClassIndex)),
		inBlocks("blocks-offset", "the index of blocks names another place for one", func(l *cdxLine) {
			v, _ := strconv.Atoi(l.fields.get("offset").text())
			l.fields.set("offset", v+3)
		}),
		inBlocks("blocks-length", "the index of blocks states another length for one", func(l *cdxLine) {
			v, _ := strconv.Atoi(l.fields.get("length").text())
			l.fields.set("length", v-2)
		}),
		inBlocks("blocks-digest", "the index of blocks states another digest for one", func(l *cdxLine) { l.fields.set("digest", "sha256:"+strings.Repeat("8", 64)) }),
		inBlocks("blocks-key", "the index of blocks states another first key for one", func(l *cdxLine) { l.key = "aaa)/" }),
		inText("blocks-line-missing", "the index of blocks lacks one", "blocks", func(p *pack) error {
			e := p.zip.find("indexes/index.idx")
			lines := bytes.SplitAfter(e.data, []byte("\n"))
			e.data = bytes.Join(slices.Delete(lines, 2, 3), nil)
			return nil
		}),
	}
}

// inBlocks is a fault of the second block's line in the index of blocks.
func inBlocks(name, does string, edit func(l *cdxLine)) Fault {
	return inPack("index-"+name, does, "blocks", wants(dossier.ClassWARC), finds(wacz.ClassIndex), func(p *pack) error {
		e := p.zip.find("indexes/index.idx")
		lines, err := readCDX(e.data)
		if err != nil {
			return err
		}
		edit(lines[2])
		e.data = cdxBytes(lines)
		return nil
	}, nil)
}
