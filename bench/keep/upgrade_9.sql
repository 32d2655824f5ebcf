-- Version 8 did not tell a lesson's cases apart.
ALTER TABLE cases ADD COLUMN role TEXT NOT NULL DEFAULT '';
