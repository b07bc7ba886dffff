package ftm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestConformModel: what descends from what, and every property of every schema with all it has.
func TestConformModel(t *testing.T) {
	m := Default()
	seen := 0
	for _, want := range ask[map[string]any](t, "ask.py schemata", nil) {
		s := m.Schema(want["name"].(string))
		if s == nil {
			t.Errorf("%s is missing", want["name"])
			continue
		}
		seen++
		got := map[string]any{"name": s.Name, "start": list(s.Start), "end": list(s.End), "caption": list(s.Caption), "required": list(s.Required), "featured": list(s.Featured)}
		names, match := []string{s.Name}, []string{}
		for _, a := range s.Ancestors() {
			names = append(names, a.Name)
		}
		for _, o := range m.Schemata() {
			if s.CanMatch(o) {
				match = append(match, o.Name)
			}
		}
		slices.Sort(names)
		got["names"], got["match"] = list(names), list(match)
		props := map[string]any{}
		for _, p := range s.Properties() {
			if p.Ours {
				continue
			}
			over := ""
			if p.Range != nil {
				over = p.Range.Name
			}
			props[p.Name] = []any{p.String(), string(p.Type), over, p.Stub, p.Matchable, float64(p.Max), p.Format, p.Reverse}
		}
		got["props"] = props
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-theirs +ours):\n%s", s.Name, diff)
		}
	}
	t.Logf("%d schemata are alike", seen)
}

func list(s []string) []any {
	out := []any{}
	for _, v := range s {
		out = append(out, v)
	}
	return out
}

// someStatements makes statements of all kinds.
func someStatements(n int) []Statement {
	r := rand.New(rand.NewPCG(6, 6))
	m := Default()
	values := []string{"CEIEC", "中国电子进出口有限公司", `says "yes", and no`, "two\nlines", "it's; a,b", "\u2028", "ends in \\", "\x7f", "é", "a\tb", "-"}
	var out []Statement
	for range n {
		s := m.Schemata()[r.IntN(len(m.Schemata()))]
		p := s.Properties()[r.IntN(len(s.Properties()))]
		if s.Ours || p.Ours || p.Stub {
			continue
		}
		st := Statement{EntityID: fmt.Sprintf("e-%d", r.IntN(50)), Schema: s.Name, Prop: p.Name, Value: values[r.IntN(len(values))], Dataset: "test", FirstSeen: "2024-01-02T03:04:05"}
		if r.IntN(9) == 0 {
			st.Prop = BaseID
		}
		if r.IntN(3) == 0 {
			st.Lang = "spa"
		}
		if r.IntN(3) == 0 {
			st.Original = " " + st.Value
		}
		st.External = r.IntN(5) == 0
		if r.IntN(4) == 0 {
			st.LastSeen, st.Origin = "2025-01-02T03:04:05", "mapping"
		}
		if st.Complete(m) != nil {
			panic(st)
		}
		if !slices.ContainsFunc(out, func(o Statement) bool { return o.ID == st.ID }) {
			out = append(out, st)
		}
	}
	return out
}

// TestConformStatements: followthemoney reads what we write, with the same ids, and writes it with the same bytes;
// and the columns of ours do not disturb it.
func TestConformStatements(t *testing.T) {
	all := someStatements(3000)
	for _, format := range []string{CSV, JSON, Pack} {
		for _, ours := range []bool{false, true} {
			t.Run(fmt.Sprint(format, " ours ", ours), func(t *testing.T) {
				var b bytes.Buffer
				write(t, &b, all, format, ours)
				answers := ask[json.RawMessage](t, "ask.py statements "+format, b.Bytes())
				var bytes string
				if err := json.Unmarshal(answers[0], &bytes); err != nil {
					t.Fatal(err)
				}
				if !ours && bytes != b.String() {
					t.Errorf("followthemoney writes other bytes:\n%s", cmp.Diff(bytes, b.String()))
				}
				for i, a := range answers[1:] {
					var got struct {
						jsonStatement
						PropType string `json:"prop_type"`
						Key      string `json:"key"`
					}
					if err := json.Unmarshal(a, &got); err != nil {
						t.Fatal(err)
					}
					want := all[i]
					if format == Pack {
						want.CanonicalID = want.EntityID
					}
					have := Statement{ID: got.ID, EntityID: got.EntityID, CanonicalID: got.CanonicalID, Schema: got.Schema, Prop: got.Prop, PropType: Type(got.PropType),
						Value: got.Value, Original: got.OriginalValue, Lang: got.Lang, Dataset: got.Dataset, Origin: got.Origin, FirstSeen: got.FirstSeen,
						LastSeen: got.LastSeen, External: got.External}
					if diff := cmp.Diff(have, want); diff != "" || got.Key != want.ID {
						t.Fatalf("statement %d (-theirs +ours), their id %s:\n%s", i, got.Key, diff)
					}
				}
				if len(answers) != len(all)+1 {
					t.Errorf("followthemoney read %d of %d", len(answers)-1, len(all))
				}
			})
		}
	}
}

// TestConformPlain: followthemoney takes every value of what Plain makes, and reads every entity we write.
func TestConformPlain(t *testing.T) {
	m := Default()
	var in []byte
	var want []Entity
	for _, e := range oursInFull() {
		for _, p := range Plain(m, &e) {
			in = append(AppendEntity(in, &p), '\n')
			want = append(want, p)
		}
	}
	for i, got := range ask[Entity](t, "ask.py entities", in) {
		if caption := want[i].Label(m); caption != got.Caption {
			t.Errorf("caption of %s is %q, followthemoney has %q", got.ID, caption, got.Caption)
		}
		got.Caption = ""
		if diff := cmp.Diff(got, want[i]); diff != "" {
			t.Errorf("entity %d (-theirs +ours):\n%s", i, diff)
		}
	}
}

// TestConformCaption: of several names the same one is chosen nearly always.
func TestConformCaption(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 8))
	bases := [][]string{
		{"China National Electronics Import & Export Corporation", "CEIEC", "中国电子进出口有限公司", "Corporación Nacional China de Importación y Exportación de Electrónicos", "China National Electronics Imp. and Exp. Corp."},
		{"Petróleos de Venezuela, S.A.", "PDVSA", "Petroleos de Venezuela SA", "Петролеос де Венесуэла", "委内瑞拉国家石油公司"},
		{"Huawei Technologies Co., Ltd.", "华为技术有限公司", "Huawei", "هواوي", "Χουαγουέι", "Хуавэй"},
		{"Compañía Anónima Nacional Teléfonos de Venezuela", "CANTV", "Compania Anonima Nacional Telefonos de Venezuela (CANTV)"},
		{"Рособоронэкспорт", "Rosoboronexport", "Rosoboroneksport", "ROSOBORONEXPORT JSC", "АО Рособоронэкспорт"},
		{"José Antonio Pérez", "Jose Perez", "PEREZ, José Antonio", "Хосе Перес"},
	}
	var in bytes.Buffer
	var sets [][]string
	for range 2000 {
		var set []string
		base := bases[r.IntN(len(bases))]
		for range 2 + r.IntN(6) {
			n := base[r.IntN(len(base))]
			switch r.IntN(5) {
			case 0:
				n = strings.ToUpper(n)
			case 1:
				n = strings.ToLower(n)
			case 2:
				runes := []rune(n)
				n = string(slices.Delete(runes, len(runes)/2, len(runes)/2+1))
			}
			set = appendNew(set, n)
		}
		sets = append(sets, set)
		b, _ := json.Marshal(set)
		in.Write(append(b, '\n'))
	}
	alike := 0
	for i, theirs := range ask[string](t, "ask.py names", in.Bytes()) {
		if PickName(sets[i]) == theirs {
			alike++
		} else if i%50 == 0 {
			t.Logf("%q: %q, followthemoney has %q", sets[i], PickName(sets[i]), theirs)
		}
	}
	t.Logf("%d of %d captions are alike", alike, len(sets))
	if alike < len(sets)*95/100 {
		t.Errorf("only %d of %d captions are alike", alike, len(sets))
	}
}
