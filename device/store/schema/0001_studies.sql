-- One row a study. What the list shows and sorts by stands in plain columns; the rest is JSON, one value a column.
CREATE TABLE studies (
    id         TEXT PRIMARY KEY,
    read_at    TEXT NOT NULL,   -- UTC, ISO 8601, always with microseconds: text order is time order
    outcome    TEXT,            -- the reading's outcome, NULL for a refusal
    reason     TEXT,            -- the refusal's reason, NULL for a reading
    bundle     TEXT NOT NULL,
    photo_name TEXT NOT NULL,   -- as it came in
    photo_file TEXT NOT NULL,   -- in pictures/<id>/
    film_file  TEXT,            -- in pictures/<id>/, NULL when no film was found
    corners    TEXT,
    reading    TEXT,
    refusal    TEXT,
    timings    TEXT NOT NULL,
    CHECK ((reading IS NULL) <> (refusal IS NULL)),
    CHECK ((reading IS NULL) = (outcome IS NULL)),
    CHECK ((refusal IS NULL) = (reason IS NULL))
) STRICT;

CREATE INDEX studies_by_time ON studies (read_at);
