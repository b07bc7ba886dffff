# Answers for the conformance tests what followthemoney makes of things, one JSON value a line.
import io, json, sys
from followthemoney import model
from followthemoney.statement.serialize import read_statements, write_statements
from rigour.names import pick_name


def say(v):
    print(json.dumps(v, ensure_ascii=False))


def schemata():
    for s in model:
        props = {n: [p.qname, p.type.name, p.range.name if p.range else "", bool(p.stub), bool(p.matchable), p.max_length, p.format or "", p.reverse.name if p.reverse else ""]
                 for n, p in s.properties.items()}
        say({"name": s.name, "names": sorted(s.names), "props": props, "start": s.temporal_start, "end": s.temporal_end,
             "match": sorted(o.name for o in s.matchable_schemata), "caption": s.caption, "required": s.required, "featured": s.featured})


def statements(format):
    data = sys.stdin.buffer.read()
    read = list(read_statements(io.BytesIO(data), format))
    out = io.BytesIO()
    out.close = lambda: None
    write_statements(out, format, read)
    say(out.getvalue().decode())
    for s in read:
        say({**s.to_dict(), "prop_type": s.prop_type, "key": s.generate_key()})


def entities():
    for line in sys.stdin:
        e = model.get_proxy(json.loads(line), cleaned=False)
        say({**e.to_dict(), "caption": e.caption})


def names():
    for line in sys.stdin:
        say(pick_name(json.loads(line)) or "")


globals()[sys.argv[1]](*sys.argv[2:])
