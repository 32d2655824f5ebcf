-- Version 12 knows arrivals that are open: intended starts, and what is counted from the actual ones;
-- and campaigns that go on until each pair of drivers is decided.
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
ALTER TABLE campaigns ADD COLUMN margin REAL NOT NULL DEFAULT 0.01;
ALTER TABLE campaigns ADD COLUMN decided_pairs INTEGER NOT NULL DEFAULT 0;

-- A run of open arrivals over time: a row per 100 ms.
CREATE TABLE windows (
    run_id         INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    window         INTEGER NOT NULL,       -- from 0
    due            INTEGER NOT NULL,       -- requests whose intended start is in it
    completed      INTEGER NOT NULL,       -- requests that completed in it, whenever they were due
    latency_p50_ns INTEGER,                -- of those due in it, from the intended start; NULL:
    latency_p99_ns INTEGER,                -- too few
    latency_max_ns INTEGER,
    PRIMARY KEY (run_id, window)
) STRICT, WITHOUT ROWID;

-- A row per run of `waitbench capacity`: which rate was tried, and whether the objective was met.
CREATE TABLE capacity_steps (
    campaign_id TEXT NOT NULL REFERENCES campaigns(id) ON DELETE CASCADE,
    pair        INTEGER NOT NULL,          -- a driver and a server model, in the order of the tables
    step        INTEGER NOT NULL,          -- also the block of its run
    case_id     INTEGER NOT NULL REFERENCES cases(case_id) ON DELETE CASCADE,
    slo         TEXT NOT NULL,             -- the objective, as it was given
    rate        INTEGER NOT NULL,
    requests    INTEGER NOT NULL,
    violations  INTEGER NOT NULL,
    limit_ns    INTEGER,                   -- NULL: the objective is of failures
    latency_ns  INTEGER,                   -- at the objective's percentile; NULL: not available
    outcome     TEXT NOT NULL CHECK (outcome IN ('met', 'unclear', 'violated', 'invalid', 'none')),
    counts      INTEGER NOT NULL,          -- 0: it was NOISY, or says nothing of the server, and was repeated
    next_rate   INTEGER,                   -- to be tried after it; NULL: the search was over
    PRIMARY KEY (campaign_id, pair, step)
) STRICT, WITHOUT ROWID;
