package fault

import (
	"bytes"

	"veedor/internal/evidence/dossier"
	"veedor/internal/evidence/wacz"
)

// inPages is a fault of the list of pages. Hashes and signature were made after it.
func inPages(name, does string, edit func(lines []*node) []*node) Fault {
	return inPack("pages-"+name, does, "gzip", wants(dossier.ClassWARC), finds(wacz.ClassPages), func(p *pack) error {
		return p.editLines(pagesFile, func(lines []*node) ([]*node, error) { return edit(lines), nil })
	}, nil)
}

// inPage is a fault of one page's line.
func inPage(name, does string, edit func(n *node)) Fault {
	return inPages(name, does, func(lines []*node) []*node {
		edit(lines[3])
		return lines
	})
}

func pageFaults() []Fault {
	return []Fault{
		inPack("pages-missing", "a package without list of pages", "gzip", wants(dossier.ClassPackage, dossier.ClassWARC), finds(wacz.ClassPages, wacz.ClassPackage), func(p *pack) error {
			p.zip.drop(pagesFile)
			return p.list()
		}, nil),
		inPages("empty", "a list of pages without pages, though the package names its main page", func(lines []*node) []*node { return lines[:1] }),
		inPages("format", "a list of pages of another format", func(lines []*node) []*node {
			lines[0].set("format", "csv")
			return lines
		}),
		inPages("id-twice", "two pages of the same id", func(lines []*node) []*node {
			lines[3].set("id", lines[2].get("id"))
			return lines
		}),
		inPage("url", "a page that is not in the archive", func(n *node) { n.set("url", n.get("url").text()+"/absent") }),
		inPage("url-missing", "a page without URL", func(n *node) { n.drop("url") }),
		inPage("ts", "a page at a time at which there is no record of it", func(n *node) { n.set("ts", "2019-01-01T00:00:00Z") }),
		inPage("ts-missing", "a page without time", func(n *node) { n.drop("ts") }),
		inPage("ts-none", "a time of a page that is none", func(n *node) { n.set("ts", "noon") }),
		inPage("text", "the text of a page is not that of its record", func(n *node) { n.set("text", "Nobody ever said so. "+n.get("text").text()) }).as(wants(dossier.ClassWARC, dossier.ClassConsistency), finds(wacz.ClassPages)),
		inPack("pages-no-json", "a line of the list of pages that is no JSON", "gzip", wants(dossier.ClassWARC), finds(wacz.ClassPages), func(p *pack) error {
			e := p.zip.find(pagesFile)
			e.data = append(e.data, "{\"id\":\n"...)
			return nil
		}, nil),
		inPack("pages-key-twice", "the URL of a page twice", "gzip", wants(dossier.ClassWARC), finds(wacz.ClassPages), func(p *pack) error {
			e := p.zip.find(pagesFile)
			e.data = bytes.Replace(e.data, []byte(`"url":`), []byte(`"url":"https://other.example/","url":`), 1)
			return nil
		}, nil),
		inPack("pages-main", "the main page that datapackage.json names is no page", "gzip", wants(dossier.ClassPackage, dossier.ClassWARC), finds(wacz.ClassPackage, wacz.ClassPages), func(p *pack) error {
			return p.editJSON(dataFile, func(n *node) error {
				n.set("mainPageUrl", "https://other.example/")
				return nil
			})
		}, nil),
		inPack("pages-extra", "a further page that is not in the archive", "gzip", wants(dossier.ClassWARC), finds(wacz.ClassPages), func(p *pack) error {
			return p.editLines("pages/extraPages.jsonl", func(lines []*node) ([]*node, error) {
				lines[1].set("url", "https://other.example/")
				return lines, nil
			})
		}, nil),
	}
}
