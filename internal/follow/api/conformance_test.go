package api_test

import (
	"cmp"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestConformanceClients lets other people's clients ask: yente's SDK, nomenklatura's enricher, a client of OpenRefine's
// protocol, a validator of OpenAPI.
func TestConformanceClients(t *testing.T) {
	if os.Getenv("VEEDOR_CONFORMANCE") != "1" {
		t.Skip("set VEEDOR_CONFORMANCE=1 to be asked by PyPI yente-client, nomenklatura, reconciler and openapi-spec-validator")
	}
	h, r := served(t)
	merged := merge(t, r, "sdn-1", "proj-7")
	srv := httptest.NewServer(h)
	defer srv.Close()
	out, err := exec.Command(clientsPython(t), "testdata/clients.py", srv.URL+"/api/", merged).CombinedOutput()
	for l := range strings.Lines(string(out)) {
		if strings.HasPrefix(l, "satisfied:") {
			t.Log(strings.TrimSpace(l))
		}
	}
	if err != nil || strings.Count(string(out), "satisfied:") != 4 {
		t.Errorf("%v\n%s", err, out)
	}
}

// clientsPython returns a Python that has the clients, installing them once below VEEDOR_CACHE.
func clientsPython(t *testing.T) string {
	t.Helper()
	if p := os.Getenv("VEEDOR_YENTE"); p != "" {
		return p
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("needs python3")
	}
	venv := filepath.Join(cmp.Or(os.Getenv("VEEDOR_CACHE"), filepath.Join(os.TempDir(), "veedor-conformance")), "yente")
	python, done := filepath.Join(venv, "bin/python"), filepath.Join(venv, "done-1")
	if _, err := os.Stat(done); err == nil {
		return python
	}
	for _, c := range [][]string{
		{"python3", "-m", "venv", venv},
		{filepath.Join(venv, "bin/pip"), "install", "-q", "yente-client==0.2.0", "nomenklatura==4.17.4", "followthemoney==4.11.2", "reconciler==0.2.2", "openapi-spec-validator==0.9.0"},
	} {
		if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Skipf("the clients do not install: %s: %s\n%s", strings.Join(c, " "), err, out)
		}
	}
	if err := os.WriteFile(done, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return python
}
