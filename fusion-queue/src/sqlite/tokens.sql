-- The day since 1970 on which the token was last here.
ALTER TABLE tokens ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
UPDATE tokens SET day = unixepoch() / 86400;
CREATE INDEX tokens_by_day ON tokens (day);
