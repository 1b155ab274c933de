-- Which jobs have to end before another begins; kept as long as the child is.
CREATE TABLE parents (
    child INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    -- Whether the child still waits for it.
    open INTEGER NOT NULL,
    PRIMARY KEY (child, parent)
) STRICT, WITHOUT ROWID;
CREATE INDEX parents_of ON parents (parent, open);
CREATE INDEX parents_open ON parents (child) WHERE open = 1;
CREATE TRIGGER jobs_forgotten AFTER DELETE ON jobs BEGIN
    DELETE FROM parents WHERE child = old.number;
END;

-- Whether some job has named it as a parent.
ALTER TABLE jobs ADD COLUMN is_parent INTEGER NOT NULL DEFAULT 0;
