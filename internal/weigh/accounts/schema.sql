CREATE TABLE IF NOT EXISTS setting (
	name  TEXT PRIMARY KEY,
	value BLOB NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS person (
	id          TEXT PRIMARY KEY,
	observatory TEXT NOT NULL,
	name        TEXT NOT NULL,              -- as they sign in, folded
	role        TEXT NOT NULL,
	created     INTEGER NOT NULL,           -- Unix seconds, as all times here
	disabled    INTEGER NOT NULL DEFAULT 0, -- since when, 0: not
	password    TEXT NOT NULL DEFAULT '',   -- argon2id in PHC form, '': none
	totp        BLOB NOT NULL DEFAULT x'',  -- the shared secret, empty: none
	step        INTEGER NOT NULL DEFAULT 0, -- the last step of time whose code was used
	handle      BLOB NOT NULL UNIQUE,       -- WebAuthn's user handle
	UNIQUE (observatory, name)
) STRICT;

CREATE TABLE IF NOT EXISTS passkey (
	id         BLOB PRIMARY KEY, -- WebAuthn's credential id
	person     TEXT NOT NULL REFERENCES person (id),
	party      TEXT NOT NULL,    -- the host it is for
	label      TEXT NOT NULL,
	credential TEXT NOT NULL,    -- JSON: public key, counter, flags
	created    INTEGER NOT NULL,
	used       INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE IF NOT EXISTS code (
	person TEXT NOT NULL REFERENCES person (id),
	hash   BLOB NOT NULL, -- SHA-256 of a recovery code
	PRIMARY KEY (person, hash)
) STRICT;

CREATE TABLE IF NOT EXISTS session (
	hash      BLOB PRIMARY KEY,     -- SHA-256 of the token
	id        TEXT NOT NULL UNIQUE, -- what it is called on pages
	person    TEXT NOT NULL REFERENCES person (id),
	created   INTEGER NOT NULL,
	seen      INTEGER NOT NULL,
	confirmed INTEGER NOT NULL,     -- when they last proved who they are
	note      TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX IF NOT EXISTS session_person ON session (person);

CREATE TABLE IF NOT EXISTS link (
	hash    BLOB PRIMARY KEY, -- SHA-256 of the token
	purpose TEXT NOT NULL,    -- first, invite, reset
	role    TEXT NOT NULL DEFAULT '',
	person  TEXT NOT NULL DEFAULT '',
	made_by TEXT NOT NULL DEFAULT '',
	expires INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS spent (
	challenge TEXT PRIMARY KEY, -- of a finished ceremony
	expires   INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS approval (
	id          TEXT PRIMARY KEY,
	subject     TEXT NOT NULL, -- what would be done, with a hash of its content
	proposed_by TEXT NOT NULL,
	proposed    INTEGER NOT NULL,
	reason      TEXT NOT NULL,
	decided_by  TEXT NOT NULL DEFAULT '',
	decided     INTEGER NOT NULL DEFAULT 0,
	approved    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS approval_subject ON approval (subject);
