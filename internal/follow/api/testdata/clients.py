"""Other people's clients ask the API, whose address is the only argument: the SDK of yente, nomenklatura's enricher,
reconciler (a client of OpenRefine's protocol) and a validator of OpenAPI. Needs, from PyPI: yente-client nomenklatura
reconciler openapi-spec-validator. Prints one line for each that was satisfied."""
import json
import sys
import urllib.request

api = sys.argv[1]
merged = sys.argv[2]


def openapi():
    from openapi_spec_validator import validate

    with urllib.request.urlopen(api + "openapi.json") as f:
        validate(json.load(f))


def yente():
    from yente_client import BadRequestError, Client, Company, NotFoundError, Person

    with Client(base_url=api) as c:
        assert c.healthz().status == c.readyz().status == "ok"
        sets = {d.name: d for d in c.datasets().datasets}
        assert sets["sdn"].publisher.name == "Publisher of sdn" and "sdn" in sets["default"].children, sets
        assert c.algorithms().best == "veedor"
        found = c.search("CEIEC", limit=5, facets=["countries", "schema"])
        assert found.results[0].id == merged and found.total.value >= 1 and found.facets["countries"].values, found
        assert c.search("CEIEC", datasets=["sdn"], countries=["cn"], topics=["sanction"], sort=["last_change:desc"]).results
        m = c.match(Company(name=["China National Electronics Import & Export Corporation"], country=["cn"]), threshold=0.85, limit=3)
        top = m.results[0]
        assert top.id == merged and top.match and top.score > 0.85 and top.explanations["name"].candidate, m
        assert not c.match(Person(name=["Nobody Of That Name"])).results
        e = c.fetch("proj-7")  # merged: follows the redirect
        sanction = e.properties["sanctions"][0]
        assert e.id == merged and sanction.schema_ == "Sanction" and e.first_seen.year == 2021, e
        assert e.properties["ownershipAsset"][0].properties["owner"][0].caption == "China Electronics Corporation"
        assert c.adjacent(merged).adjacent["sanctions"].total.value == 1
        assert c.adjacent(merged, prop="sanctions").results[0].id == "sanction-1"
        rows = c.statements(canonical_id=merged, prop="name").results
        assert {r.dataset for r in rows} == {"sdn", "projects"}, rows
        for call, kind in ((lambda: c.fetch("nobody"), NotFoundError), (lambda: c.search("a", sort=["caption:up"]), BadRequestError)):
            try:
                call()
                raise AssertionError("nothing was wrong")
            except kind as err:
                assert err.detail, err


def nomenklatura():
    from followthemoney import Dataset, StatementEntity
    from nomenklatura.enrich.yente import YenteEnricher

    class Memory:
        def __init__(self):
            self.kept = {}

        def get(self, key, max_age=None):
            return self.kept.get(key)

        def set(self, key, value):
            self.kept[key] = value

        def get_json(self, key, max_age=None):
            return json.loads(self.kept[key]) if key in self.kept else None

        def set_json(self, key, value):
            self.kept[key] = json.dumps(value)

    dataset = Dataset({"name": "asked", "title": "Asked"})
    enricher = YenteEnricher(dataset, Memory(), {"api": api, "dataset": "default", "cutoff": 0.5})
    asked = StatementEntity.from_data(dataset, {"id": "mine", "schema": "Company", "properties": {"name": ["China National Electronics Import & Export Corporation"], "country": ["cn"]}})
    matches = list(enricher.match(asked))
    assert matches and matches[0].id == merged, matches
    around = {e.id: e.schema.name for e in enricher.expand(asked, matches[0])}
    assert around.get("sanction-1") == "Sanction" and around.get("owner-1") == "Company", around


def openrefine():
    import numpy
    import pandas

    numpy.NaN = numpy.nan  # reconciler 0.2.2 was written for NumPy 1
    from reconciler import reconcile

    table = pandas.DataFrame({"name": ["CEIEC", "Maria Fernandez Quintana", "Nobody Of That Name"], "country": ["cn", "ve", "us"]})
    got = reconcile(table["name"], type_id="LegalEntity", property_mapping={"country": table["country"]}, reconciliation_endpoint=api + "reconcile/default")
    by = {r["input_value"]: r for r in got.to_dict("records")}
    assert by["CEIEC"]["id"] == merged and by["Maria Fernandez Quintana"]["id"] == "person-1" and by["Maria Fernandez Quintana"]["match"], by
    assert not by["Nobody Of That Name"]["match"] and by["CEIEC"]["type_id"] in ("Company", "Organization"), by


for check in (openapi, yente, nomenklatura, openrefine):
    check()
    print("satisfied:", check.__name__)
