-- Version 14 knows runs whose load is divided among ranks of MPI.
-- A row per rank of such a run.
CREATE TABLE ranks (
    run_id         INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    rank           INTEGER NOT NULL,       -- from 1
    host           TEXT NOT NULL,
    concurrency    INTEGER NOT NULL,
    requests       INTEGER NOT NULL,
    completed      INTEGER NOT NULL,
    makespan_ns    INTEGER NOT NULL,       -- from the agreed start
    start_lag_ns   INTEGER,                -- how much later it began; NULL: it did not
    latency_p50_ns INTEGER,                -- NULL: too few
    latency_p99_ns INTEGER,
    cpu_ns         INTEGER,                -- of its process; NULL: not available
    clock_offset_ns      INTEGER NOT NULL, -- of its clock against rank 0's, before the run
    clock_uncertainty_ns INTEGER NOT NULL, -- of that, over the whole run
    clock_drift_ns       INTEGER NOT NULL, -- of the offset, until after the run
    PRIMARY KEY (run_id, rank)
) STRICT, WITHOUT ROWID;
