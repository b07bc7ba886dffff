# Writes model.json: the FollowTheMoney model as facts (MIT), from the PyPI package followthemoney.
# Run: python3 -m venv v && v/bin/pip install followthemoney==4.11.2 && v/bin/python testdata/model.py > model.json
import json, sys
from followthemoney import model
import followthemoney
from babel.core import Locale
from followthemoney.util import set_model_locale
from importlib.metadata import version
set_model_locale(Locale.parse("es"))
ES={s.name:(s.label,s.plural) for s in model}
ESP={p.qname:p.label for s in model for p in s.properties.values()}
set_model_locale(Locale.parse("en"))
out={"source":"followthemoney "+version("followthemoney")+" (MIT), https://followthemoney.tech", "schemata":[]}
for s in sorted(model.schemata.values(), key=lambda s:s.name):
    d={"name":s.name,"label":s.label,"plural":s.plural}
    if ES[s.name][0]!=s.label: d["es"],d["pluralEs"]=ES[s.name]
    d["extends"]=list(s._extends)
    for k in ("abstract","hidden","matchable","generated","deprecated"):
        v=getattr(s,k,False)
        if v: d[k]=True
    if s.edge: d["edge"]={"source":s.edge_source,"target":s.edge_target,"label":s.edge_label,"directed":s.edge_directed,"caption":list(getattr(s,'edge_caption',[]))}
    for k in ("featured","required","caption"):
        v=list(getattr(s,k)); 
        if v: d[k]=v
    te=s.to_dict().get("temporalExtent")
    if te: d["temporal"]=te
    props=[]
    for p in sorted(s.properties.values(), key=lambda p:p.name):
        if p.schema!=s: continue
        q={"name":p.name,"label":p.label,"type":p.type.name}
        if ESP[p.qname]!=p.label: q["es"]=ESP[p.qname]
        if p.stub: q["stub"]=True
        if p.hidden: q["hidden"]=True
        if p.matchable: q["matchable"]=True
        if p.deprecated: q["deprecated"]=True
        if p.range: q["range"]=p.range.name
        if p.reverse: q["reverse"]=p.reverse.name
        if p.max_length and p.max_length!=p.type.max_length: q["max"]=p.max_length
        if p.format: q["format"]=p.format
        props.append(q)
    d["properties"]=props
    out["schemata"].append(d)
def enc(o): return json.dumps(o,ensure_ascii=False,separators=(",",":"))
print("{\n\"source\":"+enc(out["source"])+",\n\"schemata\":[")
rows=[]
for s in out["schemata"]:
    ps=s.pop("properties"); head=enc(s)[:-1]
    rows.append(head+",\"properties\":[\n"+",\n".join("  "+enc(p) for p in ps)+"]}")
print(",\n".join(rows)); print("]}")
