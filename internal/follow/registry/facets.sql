-- What the tables were made of; one row.
CREATE TABLE IF NOT EXISTS made (version TEXT NOT NULL);

-- An agreement or a deployment that holds now. day is the earliest a source gives.
CREATE TABLE IF NOT EXISTS thing (n INTEGER PRIMARY KEY, what TEXT NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, day TEXT NOT NULL, UNIQUE (what, id));
CREATE INDEX IF NOT EXISTS thing_day ON thing (what, day DESC, title, id);

-- One value of it that is counted.
CREATE TABLE IF NOT EXISTS facet (
  name TEXT NOT NULL, value TEXT NOT NULL, thing INTEGER NOT NULL, label TEXT NOT NULL, folded TEXT NOT NULL, PRIMARY KEY (name, value, thing)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS facet_thing ON facet (thing, name);
