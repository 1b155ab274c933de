-- Kinds that are paused; empty: every kind.
CREATE TABLE pauses (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (tenant, kind)
) STRICT, WITHOUT ROWID;

-- Jobs that begin work and may be in hands at once.
ALTER TABLE lanes ADD COLUMN max_live INTEGER;
