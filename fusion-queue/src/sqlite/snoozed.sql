-- Why its last attempt put a job off, if that did.
ALTER TABLE jobs ADD COLUMN snoozed TEXT;
