-- A dataset is one list or table of one publisher.
CREATE TABLE IF NOT EXISTS dataset (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, title TEXT NOT NULL, publisher TEXT NOT NULL, url TEXT NOT NULL, licence TEXT NOT NULL);

-- A state is a dataset as it was on a day. n counts those of one dataset in the order they came to us; entry is the hash of the line of states.jsonl.
CREATE TABLE IF NOT EXISTS state (
  id INTEGER PRIMARY KEY, entry TEXT NOT NULL, dataset INTEGER NOT NULL, n INTEGER NOT NULL, key TEXT NOT NULL, dated TEXT NOT NULL, learnt TEXT NOT NULL,
  format TEXT NOT NULL, files TEXT NOT NULL, status TEXT NOT NULL, cursor INTEGER NOT NULL, account TEXT NOT NULL,
  UNIQUE (dataset, n), UNIQUE (dataset, key));

-- How many lines of states.jsonl are in these tables, and the hash of the last of them.
CREATE TABLE IF NOT EXISTS applied (one INTEGER PRIMARY KEY CHECK (one = 1), lines INTEGER NOT NULL, last TEXT NOT NULL);

-- A name of a schema or property, that rows refer to by number.
CREATE TABLE IF NOT EXISTS word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

-- One row is what one dataset ever said of one entity. key is a hash of its id; first is where it came first, n of the state << 40 | item of it.
CREATE TABLE IF NOT EXISTS entity (
  id INTEGER PRIMARY KEY, key INTEGER NOT NULL, dataset INTEGER NOT NULL, schema INTEGER NOT NULL, first INTEGER NOT NULL, eid TEXT NOT NULL, statements BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS entity_key ON entity (key, dataset);
CREATE INDEX IF NOT EXISTS entity_first ON entity (dataset, first);
CREATE INDEX IF NOT EXISTS entity_schema ON entity (dataset, schema, first);

-- One row says that the row of entities src names b while it speaks of a, or the other way round.
CREATE TABLE IF NOT EXISTS edge (a INTEGER NOT NULL, b INTEGER NOT NULL, src INTEGER NOT NULL, PRIMARY KEY (a, b, src)) WITHOUT ROWID;

-- One row is what was read and not taken over: a whole row of the source, or (entity is not empty) one value.
CREATE TABLE IF NOT EXISTS rejected (
  state INTEGER NOT NULL, item INTEGER NOT NULL, n INTEGER NOT NULL, at TEXT NOT NULL, entity TEXT NOT NULL, prop TEXT NOT NULL, reason TEXT NOT NULL,
  raw BLOB NOT NULL, PRIMARY KEY (state, item, n)) WITHOUT ROWID;

-- Which segment of the search index holds a row of entities; segment 0 is yet to be written. v counts how often it had to be.
CREATE TABLE IF NOT EXISTS indexed (entity INTEGER PRIMARY KEY, segment INTEGER NOT NULL, v INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS indexed_segment ON indexed (segment);
CREATE TABLE IF NOT EXISTS segment (id INTEGER PRIMARY KEY, file TEXT NOT NULL, entities INTEGER NOT NULL);
