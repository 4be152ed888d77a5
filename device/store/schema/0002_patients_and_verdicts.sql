-- For whom a film was read, what people said of the reading since, and studies that are deleted or gone for good.
ALTER TABLE studies ADD COLUMN reference TEXT NOT NULL DEFAULT '';
ALTER TABLE studies ADD COLUMN age TEXT;          -- child, adult, NULL when it was not said
ALTER TABLE studies ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE studies ADD COLUMN verdict TEXT;      -- agreed, not-agreed, confirmed, NULL when nobody gave one
ALTER TABLE studies ADD COLUMN truth TEXT NOT NULL DEFAULT '';  -- the finding that was there, '' when not known
ALTER TABLE studies ADD COLUMN judged_at TEXT CHECK ((judged_at IS NULL) = (verdict IS NULL));
ALTER TABLE studies ADD COLUMN deleted_at TEXT;   -- NULL for a study that stands

CREATE INDEX studies_deleted ON studies (deleted_at) WHERE deleted_at IS NOT NULL;

-- What is gone for good, and why: nothing goes silently.
CREATE TABLE removed (
    id         TEXT PRIMARY KEY,
    read_at    TEXT NOT NULL,
    removed_at TEXT NOT NULL,
    reason     TEXT NOT NULL     -- deleted, age, room
) STRICT;

-- The latest time at which the kiosk's clock was believed: a clock that jumps must not empty the store.
CREATE TABLE clock (
    believed_at TEXT NOT NULL
) STRICT;
