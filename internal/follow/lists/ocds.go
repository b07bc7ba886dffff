package lists

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ocdsRelease is what is read of a release of the Open Contracting Data Standard, versions 1.0 and 1.1.
type ocdsRelease struct {
	OCID      string          `json:"ocid"`
	ID        json.RawMessage `json:"id"`
	Date      string          `json:"date"`
	Language  string          `json:"language"`
	Buyer     *ocdsRef        `json:"buyer"`
	Parties   []ocdsParty     `json:"parties"`
	Tender    *ocdsTender     `json:"tender"`
	Awards    []ocdsAward     `json:"awards"`
	Contracts []ocdsContract  `json:"contracts"`
	Planning  *struct {
		Rationale string `json:"rationale"`
		Budget    struct {
			Project     string          `json:"project"`
			Description string          `json:"description"`
			Amount      *ocdsAmount     `json:"amount"`
			ID          json.RawMessage `json:"id"`
		} `json:"budget"`
	} `json:"planning"`

	// A record has these instead, and they are releases.
	Compiled *json.RawMessage  `json:"compiledRelease"`
	Releases []json.RawMessage `json:"releases"`
	Records  []json.RawMessage `json:"records"`
}

type ocdsRef struct {
	ID   json.RawMessage `json:"id"`
	Name string          `json:"name"`
}

type ocdsAmount struct {
	Amount   json.Number `json:"amount"`
	Currency string      `json:"currency"`
}

type ocdsIdentifier struct {
	Scheme    string          `json:"scheme"`
	ID        json.RawMessage `json:"id"`
	LegalName string          `json:"legalName"`
	URI       string          `json:"uri"`
}

type ocdsParty struct {
	ID         json.RawMessage  `json:"id"`
	Name       string           `json:"name"`
	Roles      []string         `json:"roles"`
	Identifier *ocdsIdentifier  `json:"identifier"`
	Additional []ocdsIdentifier `json:"additionalIdentifiers"`
	Address    *struct {
		Street, Locality, Region, Country, PostalCode string
		StreetAddress                                 string `json:"streetAddress"`
		CountryName                                   string `json:"countryName"`
	} `json:"address"`
	Details json.RawMessage `json:"details"`
}

type ocdsTender struct {
	ID          json.RawMessage `json:"id"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Status      string          `json:"status"`
	Method      string          `json:"procurementMethod"`
	Entity      *ocdsRef        `json:"procuringEntity"`
	Value       *ocdsAmount     `json:"value"`
	Period      *ocdsPeriod     `json:"tenderPeriod"`
	Tenderers   []ocdsRef       `json:"tenderers"`
	ocdsCourse
}

type ocdsPeriod struct {
	Start string `json:"startDate"`
	End   string `json:"endDate"`
}

type ocdsAward struct {
	ID          json.RawMessage `json:"id"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Status      string          `json:"status"`
	Date        string          `json:"date"`
	Value       *ocdsAmount     `json:"value"`
	Suppliers   []ocdsRef       `json:"suppliers"`
}

type ocdsContract struct {
	ID          json.RawMessage `json:"id"`
	AwardID     json.RawMessage `json:"awardID"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Status      string          `json:"status"`
	Signed      string          `json:"dateSigned"`
	Period      *ocdsPeriod     `json:"period"`
	Value       *ocdsAmount     `json:"value"`
	ocdsCourse

	Implementation *struct {
		ocdsCourse
		Transactions []ocdsTransaction `json:"transactions"`
	} `json:"implementation"`
}

// ocdsCourse is what became of a tender or contract.
type ocdsCourse struct {
	Milestones []ocdsMilestone `json:"milestones"`
	Amendments []ocdsAmendment `json:"amendments"`
	Amendment  *ocdsAmendment  `json:"amendment"` // of version 1.0
}

type ocdsMilestone struct {
	ID          json.RawMessage `json:"id"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Code        string          `json:"code"`
	Due         string          `json:"dueDate"`
	Met         string          `json:"dateMet"`
	Status      string          `json:"status"`
}

type ocdsAmendment struct {
	ID          json.RawMessage `json:"id"`
	Date        string          `json:"date"`
	Rationale   string          `json:"rationale"`
	Description string          `json:"description"`
}

type ocdsTransaction struct {
	ID     json.RawMessage `json:"id"`
	Source string          `json:"source"`
	URI    string          `json:"uri"`
	Date   string          `json:"date"`
	Value  *ocdsAmount     `json:"value"`
	Payer  *ocdsRef        `json:"payer"`
	Payee  *ocdsRef        `json:"payee"`

	// of version 1.0
	Amount   *ocdsAmount     `json:"amount"`
	Provider *ocdsIdentified `json:"providerOrganization"`
	Receiver *ocdsIdentified `json:"receiverOrganization"`
}

// ocdsIdentified is an organisation as version 1.0 names it in transactions.
type ocdsIdentified struct {
	ID        json.RawMessage `json:"id"`
	LegalName string          `json:"legalName"`
}

// ocds reads release packages, record packages, releases and records: one JSON document, or one a line.
func ocds(r *reader) error {
	return r.each(func(file string, in io.Reader) error {
		return (&ocdsFile{r: r, file: file}).read(plain(in))
	})
}

type ocdsFile struct {
	r      *reader
	file   string
	record int
}

// read reads lines if the first one is a whole JSON value, and one document otherwise.
func (o *ocdsFile) read(text *bufio.Reader) error {
	var first []byte
	for len(first) <= o.r.opt.Limits.Row {
		part, err := text.ReadSlice('\n')
		first = append(first, part...)
		if err == nil || err == io.EOF {
			break
		}
		if err != bufio.ErrBufferFull {
			return fmt.Errorf("%s: %w: %w", o.file, ErrCut, err)
		}
	}
	if len(bytes.TrimSpace(first)) == 0 {
		return fmt.Errorf("%s does not begin with JSON", o.file)
	}
	in := io.MultiReader(bytes.NewReader(first), text)
	if !json.Valid(bytes.TrimSpace(first)) {
		return o.document(in)
	}
	return o.lines(newTable(bufio.NewReader(in), 0, o.r.opt.Limits.Row))
}

func (o *ocdsFile) lines(t *table) error {
	for {
		p, err := t.take()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s, line %d: %w: %w", o.file, t.line, ErrCut, err)
		}
		line := bytes.TrimSpace(p.text)
		if len(line) == 0 && !p.long {
			continue
		}
		o.record++
		at := Locator{o.file, t.line, o.record}
		if err := o.r.tick(); err != nil {
			return err
		}
		if p.long {
			err = o.r.refuse(whyLongLine.Say(strconv.Itoa(o.r.opt.Limits.Row)), p.text, at)
		} else {
			err = o.value(line, at, 0)
		}
		if err != nil {
			return err
		}
	}
}

// document reads a package, element by element.
func (o *ocdsFile) document(in io.Reader) error {
	g := &guard{in: bufio.NewReader(in), limit: o.r.opt.Limits.Row, left: o.r.opt.Limits.Row}
	d := json.NewDecoder(g)
	cutShort := func(err error) error {
		at := Locator{File: o.file, Record: o.record + 1}
		if e := o.r.refuse(whyJSONBreaks.Say(cut(err.Error(), 200)), nil, at); e != nil {
			return e
		}
		return fmt.Errorf("%s, byte %d: %w: %w", o.file, d.InputOffset(), ErrCut, err)
	}
	t, err := d.Token()
	if err != nil {
		return cutShort(err)
	}
	if open, ok := t.(json.Delim); !ok || open != '{' && open != '[' {
		return cutShort(errors.New("neither an object nor a list"))
	} else if open == '[' {
		if err, broken := o.list(d, g); broken {
			return cutShort(err)
		} else if err != nil {
			return err
		}
		return nil
	}
	for d.More() {
		g.left = g.limit
		key, err := d.Token()
		if err != nil {
			return cutShort(err)
		}
		if key == "releases" || key == "records" {
			if t, err = d.Token(); err != nil || t != json.Delim('[') {
				return cutShort(fmt.Errorf("%v is not a list", key))
			}
			if err, broken := o.list(d, g); broken {
				return cutShort(err)
			} else if err != nil {
				return err
			}
			continue
		}
		var other json.RawMessage
		if err := d.Decode(&other); err != nil {
			return cutShort(err)
		}
		if day := strings.Trim(string(other), `"`); key == "publishedDate" {
			o.r.dated(cutTime(day))
		}
	}
	if _, err := d.Token(); err != nil {
		return cutShort(err)
	}
	if o.record == 0 {
		return fmt.Errorf("%s holds neither releases nor records", o.file)
	}
	return nil
}

// list reads the elements of a list to its end. It says whether the JSON broke.
func (o *ocdsFile) list(d *json.Decoder, g *guard) (err error, broken bool) {
	for d.More() {
		g.left = g.limit
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err, true
		}
		o.record++
		if err := o.r.tick(); err != nil {
			return err, false
		}
		if err := o.value(raw, Locator{File: o.file, Record: o.record}, 0); err != nil {
			return err, false
		}
	}
	_, err = d.Token()
	return err, err != nil
}

// deep says whether JSON nests deeper than a limit.
func deep(b []byte, limit int) bool {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// value reads a release, a record, or a package within a line.
func (o *ocdsFile) value(raw []byte, at Locator, level int) error {
	if deep(raw, o.r.opt.Limits.Depth) {
		return o.r.refuse(whyDeep.Say(strconv.Itoa(o.r.opt.Limits.Depth)), raw, at)
	}
	var rel ocdsRelease
	if err := json.Unmarshal(raw, &rel); err != nil {
		return o.r.refuse(whyNoRelease.Say(cut(err.Error(), 160)), raw, at)
	}
	if level < 3 {
		inner := append(rel.Releases, rel.Records...)
		if rel.Compiled != nil {
			inner = []json.RawMessage{*rel.Compiled}
		}
		if len(inner) > 0 {
			for _, one := range inner {
				if err := o.value(one, at, level+1); err != nil {
					return err
				}
			}
			return nil
		}
	}
	if rel.OCID == "" {
		return o.r.refuse(whyNoOCID.Say(), raw, at)
	}
	drafts := (&ocdsMaker{r: o.r, rel: &rel, at: at, parties: map[string]*draft{}}).make()
	if len(drafts) == 0 {
		return o.r.refuse(whyEmptyRelease.Say(), raw, at)
	}
	return o.r.keep(1, drafts...)
}
