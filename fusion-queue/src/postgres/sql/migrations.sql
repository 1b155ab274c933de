-- Changes of the schema that were made, each with the oldest release that may still write since.
CREATE TABLE fusion.migrations (
    number bigint PRIMARY KEY,
    schema_min bigint NOT NULL
);
