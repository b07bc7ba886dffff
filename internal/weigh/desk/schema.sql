-- Derived from the journal: made anew by Rebuild.
CREATE TABLE mark ( -- how far the journal is taken in; one row
	lines INTEGER NOT NULL, size INTEGER NOT NULL, last TEXT NOT NULL
);
INSERT INTO mark VALUES (0, 0, '');
CREATE TABLE records (
	kind TEXT NOT NULL, id TEXT NOT NULL, rev INTEGER NOT NULL,
	removed INTEGER NOT NULL, published INTEGER NOT NULL,
	created TEXT NOT NULL, created_by TEXT NOT NULL, updated TEXT NOT NULL, updated_by TEXT NOT NULL,
	last INTEGER NOT NULL, -- place in the journal of its latest event
	fields TEXT NOT NULL, -- JSON: name to value
	private TEXT NOT NULL, -- JSON: name to whether somebody made it private or shared
	touched TEXT NOT NULL, -- JSON: name to who set it last, when, and the revision that made
	PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX records_last ON records (kind, last);
CREATE TABLE terms ( -- values of fields that can be asked for
	kind TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL,
	PRIMARY KEY (kind, field, value, id)
) WITHOUT ROWID;
CREATE INDEX terms_id ON terms (kind, id);
CREATE TABLE events (
	n INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, rev INTEGER NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL,
	hash TEXT NOT NULL, body TEXT NOT NULL -- JSON, as in the journal
);
CREATE INDEX events_record ON events (kind, id, rev);
CREATE INDEX events_status ON events (at) WHERE what = 'status';
CREATE TABLE conflicts (
	id TEXT PRIMARY KEY, n INTEGER NOT NULL, kind TEXT NOT NULL, record TEXT NOT NULL, field TEXT NOT NULL, open INTEGER NOT NULL,
	body TEXT NOT NULL -- JSON: Conflict, without what stands
);
CREATE INDEX conflicts_record ON conflicts (kind, record, open);
