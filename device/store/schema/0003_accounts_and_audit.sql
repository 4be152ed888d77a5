ALTER TABLE studies ADD COLUMN read_by TEXT NOT NULL DEFAULT '';  -- an account's name, button, kiosk-screen; '' unknown

CREATE TABLE accounts (
    name      TEXT PRIMARY KEY COLLATE NOCASE,
    role      TEXT NOT NULL,
    password  TEXT NOT NULL,              -- a salted scrypt hash
    stamp     TEXT NOT NULL,              -- changes with the password: older sessions end
    failures  INTEGER NOT NULL DEFAULT 0,
    failed_at TEXT
) STRICT;

-- Who did what when. Each row's hash covers the row before: a row that is changed, left out or put in breaks the chain.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at     TEXT NOT NULL,
    who    TEXT NOT NULL,
    what   TEXT NOT NULL,
    about  TEXT NOT NULL,
    hash   TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is not changed'); END;
CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is not cut'); END;
