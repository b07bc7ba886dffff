package fault

import "testing"

func TestFaultsCanBeMade(t *testing.T) {
	w, err := NewWorkshop(1)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range Faults() {
		if names[f.Name] {
			t.Errorf("%s twice", f.Name)
		}
		names[f.Name] = true
		if _, err := f.Make(w); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	t.Log(len(names))
}
