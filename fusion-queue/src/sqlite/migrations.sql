-- Changes of the tables that were made, each with the oldest release that may still write since.
CREATE TABLE IF NOT EXISTS fusion_migrations (
    number INTEGER PRIMARY KEY,
    schema_min INTEGER NOT NULL
) STRICT;
