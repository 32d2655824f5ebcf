-- Version 12 knows arrivals that are open: intended starts, and what is counted from the actual ones.
ALTER TABLE runs ADD COLUMN service_p50_ns INTEGER;
ALTER TABLE runs ADD COLUMN service_p99_ns INTEGER;
ALTER TABLE runs ADD COLUMN lag_p50_ns INTEGER;
ALTER TABLE runs ADD COLUMN lag_p99_ns INTEGER;
ALTER TABLE runs ADD COLUMN lag_max_ns INTEGER;
ALTER TABLE runs ADD COLUMN achieved_rate REAL;
ALTER TABLE runs ADD COLUMN gap_distance REAL;
ALTER TABLE runs ADD COLUMN gap_chance REAL;
ALTER TABLE runs ADD COLUMN overloaded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE samples ADD COLUMN intended_ns INTEGER;
