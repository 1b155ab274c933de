-- Records of every kind: what Record's JSON form says, under what Key's bytes say.
CREATE TABLE records (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    -- Microseconds; only of kinds that are listed by their changes.
    changed INTEGER,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, id)
) STRICT;

-- What finds a record. A lookup finds records of one kind, so the kind doesn't stand here.
CREATE TABLE lookups (
    tenant TEXT NOT NULL,
    lookup BLOB NOT NULL,
    id BLOB NOT NULL,
    changed INTEGER,
    PRIMARY KEY (tenant, lookup, id)
) STRICT, WITHOUT ROWID;

-- What may be there only once, with the record that has it.
CREATE TABLE unique_keys (
    tenant TEXT NOT NULL,
    unique_key BLOB NOT NULL,
    kind TEXT NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY (tenant, unique_key)
) STRICT, WITHOUT ROWID;

-- Audit entries that have no number yet, in the order of their commits.
CREATE TABLE audit_waiting (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    id BLOB NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX audit_waiting_by_tenant ON audit_waiting (tenant, place);

-- Audit entries in their chain.
CREATE TABLE audit (
    tenant TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, sequence)
) STRICT;

-- The end of each tenant's chain.
CREATE TABLE heads (
    tenant TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What commits have left to the queue.
CREATE TABLE errands (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- The greatest token that each job's fences and settlements have shown.
CREATE TABLE tokens (
    tenant TEXT NOT NULL,
    job BLOB NOT NULL,
    token INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    PRIMARY KEY (tenant, job)
) STRICT, WITHOUT ROWID;
