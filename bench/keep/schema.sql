-- waitbench's store. `PRAGMA user_version` is the schema's version; what is documented for others
-- to read are the views in views.sql. Times are integer nanoseconds, with the unit in the name. NULL
-- is "not available", never a zero.

CREATE TABLE campaigns (
    id          TEXT PRIMARY KEY,          -- '20261122-155312-talk'
    name        TEXT NOT NULL,
    command     TEXT NOT NULL,             -- what was typed
    seed        INTEGER NOT NULL,
    repetitions INTEGER NOT NULL,          -- blocks, at least
    precision   REAL NOT NULL,             -- earlier versions: go on until intervals are this narrow
    margin      REAL NOT NULL DEFAULT 0.01, -- within which two drivers are equivalent
    decided_pairs INTEGER NOT NULL DEFAULT 0, -- of drivers, which blocks are added to decide
    arguments   TEXT NOT NULL,             -- the words of the command, a line each, for --resume
    started_at  TEXT NOT NULL,             -- UTC, ISO 8601
    ended_at    TEXT,
    elapsed_ns  INTEGER,
    status      TEXT NOT NULL CHECK (status IN ('running', 'complete', 'interrupted', 'failed'))
) STRICT;

CREATE TABLE environment (
    campaign_id TEXT NOT NULL REFERENCES campaigns(id) ON DELETE CASCADE,
    key         TEXT NOT NULL,
    value       TEXT NOT NULL,
    PRIMARY KEY (campaign_id, key)
) STRICT, WITHOUT ROWID;

-- A column for each field of a case follows, made from bench/plan/case_fields.c.
CREATE TABLE cases (
    case_id      INTEGER PRIMARY KEY,
    campaign_id  TEXT NOT NULL REFERENCES campaigns(id) ON DELETE CASCADE,
    ordinal      INTEGER NOT NULL,         -- its place in the tables
    predicted_ns INTEGER,                  -- makespan, from the calibration
    UNIQUE (campaign_id, ordinal)
) STRICT;

CREATE TABLE runs (
    id              INTEGER PRIMARY KEY,
    case_id         INTEGER NOT NULL REFERENCES cases(case_id) ON DELETE CASCADE,
    block           INTEGER NOT NULL,      -- every block holds every case once
    position        INTEGER NOT NULL,      -- its place in the block
    started_at      TEXT NOT NULL,
    quality         TEXT NOT NULL CHECK (quality IN ('OK', 'NOISY', 'INVALID')),
    reasons         TEXT NOT NULL,
    requests        INTEGER NOT NULL,
    completed       INTEGER NOT NULL,
    failed          INTEGER NOT NULL,
    not_started     INTEGER NOT NULL,
    makespan_ns     INTEGER NOT NULL,
    setup_ns        INTEGER NOT NULL,
    warmup_ns       INTEGER NOT NULL,
    teardown_ns     INTEGER NOT NULL,
    server_start_ns INTEGER NOT NULL,
    process_ns      INTEGER NOT NULL,
    latency_p50_ns  INTEGER,
    latency_p99_ns  INTEGER,
    latency_max_ns  INTEGER,
    latency_p50_low_ns  INTEGER,           -- 95% intervals of the percentiles, by order
    latency_p50_high_ns INTEGER,           -- statistics; NULL where the samples are too few
    latency_p99_low_ns  INTEGER,
    latency_p99_high_ns INTEGER,
    service_p50_ns  INTEGER,               -- from the actual start; latencies are from the intended one
    service_p99_ns  INTEGER,
    lag_p50_ns      INTEGER,               -- what audit.h knows of open arrivals; NULL of others
    lag_p99_ns      INTEGER,
    lag_max_ns      INTEGER,
    achieved_rate   REAL,                  -- requests started a second
    gap_distance    REAL,
    gap_chance      REAL,
    overloaded      INTEGER NOT NULL,
    server_json     TEXT NOT NULL,         -- the server's own account, GET /stats, or ''
    no_syscalls     TEXT NOT NULL,         -- why system calls were not counted, or ''
    active          TEXT NOT NULL,         -- which of its ways the driver took, or ''
    histogram       TEXT NOT NULL,         -- of the completed requests' latencies, see histogram.h
    first_response_ns INTEGER,              -- since the run's start: the first response, the time by which
    half_completed_ns INTEGER,              -- half and 90% were complete, and the last one; NULL where
    most_completed_ns INTEGER,              -- nothing was completed
    last_response_ns INTEGER,
    switches_lost   INTEGER,               -- beyond those in `switches`; NULL: none were recorded
    no_switches     TEXT NOT NULL DEFAULT '', -- why not, if they were to be
    UNIQUE (case_id, block)
) STRICT;

CREATE TABLE failures (
    run_id  INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    outcome TEXT NOT NULL,
    errnum  INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    PRIMARY KEY (run_id, outcome, errnum)
) STRICT, WITHOUT ROWID;

-- Resource usage of a run; names and units are in usage.c. NULL: not available here.
CREATE TABLE usage (
    run_id INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    side   TEXT NOT NULL CHECK (side IN ('client', 'server', 'system')),
    metric TEXT NOT NULL,
    unit   TEXT NOT NULL,
    value  INTEGER,
    PRIMARY KEY (run_id, side, metric)
) STRICT, WITHOUT ROWID;

-- Where the time of a run's requests went, by phase; no rows where the server did not say.
CREATE TABLE breakdown (
    run_id  INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    phase   TEXT NOT NULL,
    ordinal INTEGER NOT NULL,              -- its place in a request's life
    mean_ns REAL NOT NULL,
    p99_ns  REAL,
    PRIMARY KEY (run_id, phase)
) STRICT, WITHOUT ROWID;

-- Times since the run's start; NULL where the request did not get that far.
CREATE TABLE samples (
    run_id        INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    request       INTEGER NOT NULL,
    slot          INTEGER NOT NULL,
    outcome       TEXT NOT NULL,
    errnum        INTEGER NOT NULL,
    reused        INTEGER NOT NULL,
    intended_ns   INTEGER,                 -- its start by the schedule of open arrivals
    start_ns      INTEGER NOT NULL,
    connected_ns  INTEGER,
    sent_ns       INTEGER,
    first_byte_ns INTEGER,
    end_ns        INTEGER,
    received_ns   INTEGER,                 -- by the server; its delay; and the overshoot
    delay_ns      INTEGER,
    overshoot_ns  INTEGER,
    PRIMARY KEY (run_id, request)
) STRICT, WITHOUT ROWID;

-- hyperfine's account of whole processes.
CREATE TABLE whole_processes (
    case_id  INTEGER PRIMARY KEY REFERENCES cases(case_id) ON DELETE CASCADE,
    runs     INTEGER NOT NULL,
    median_s REAL NOT NULL,
    min_s    REAL NOT NULL,
    max_s    REAL NOT NULL
) STRICT;

-- What things cost on this machine just before the campaign: calibrate.h.
CREATE TABLE calibration (
    campaign_id TEXT NOT NULL REFERENCES campaigns(id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    unit        TEXT NOT NULL,
    value       INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, name)
) STRICT, WITHOUT ROWID;

-- What a lesson found in its campaign, and the evidence, a row a line. NULL: no figure, no bound.
CREATE TABLE lessons (
    campaign_id TEXT PRIMARY KEY REFERENCES campaigns(id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    verdict     TEXT NOT NULL,
    why         TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE evidence (
    campaign_id TEXT NOT NULL REFERENCES campaigns(id) ON DELETE CASCADE,
    ordinal     INTEGER NOT NULL,
    words       TEXT NOT NULL,
    unit        TEXT NOT NULL,
    value       REAL,
    low         REAL,
    high        REAL,
    runs        INTEGER NOT NULL,
    relation    TEXT NOT NULL,             -- 'at least', 'at most' or ''
    bound       REAL,
    finding     TEXT NOT NULL,
    coverage    REAL,                      -- of the interval from low to high; 0: there is none
    PRIMARY KEY (campaign_id, ordinal)
) STRICT, WITHOUT ROWID;

-- What `waitbench limits` found out about each driver: store.h. Only its campaigns have rows.
CREATE TABLE limits (
    campaign_id TEXT NOT NULL REFERENCES campaigns(id) ON DELETE CASCADE,
    ordinal     INTEGER NOT NULL,          -- the driver's place in the tables
    driver      TEXT NOT NULL,
    share       REAL NOT NULL,             -- of the ideal that a step had to reach
    capacity    INTEGER,                   -- NULL: not even the first step did
    capacity_efficiency REAL,
    worked      INTEGER,
    in_flight   INTEGER,                   -- at the capacity, as all that follows up to noise
    server_in_flight INTEGER,
    client_bytes     REAL,                 -- bytes for each connection
    peak_bytes       REAL,
    server_bytes     REAL,
    socket_bytes     REAL,
    machine_bytes    REAL,
    client_cpu_ns    REAL,                 -- for each request
    server_cpu_ns    REAL,
    noise       TEXT NOT NULL,
    ended       TEXT NOT NULL,             -- how its way up ended: store_limits.c
    ended_at    INTEGER,                   -- the least C that did not do
    ended_efficiency REAL,
    errnum      INTEGER NOT NULL,          -- 0: none
    limit_name  TEXT NOT NULL,             -- '' where none is known
    limit_value INTEGER,
    reason      TEXT NOT NULL,
    advice      TEXT NOT NULL,
    slab_bytes       REAL,                 -- bytes for each connection, as those above
    page_table_bytes REAL,
    PRIMARY KEY (campaign_id, driver)
) STRICT, WITHOUT ROWID;

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

-- A row per rank of a run whose load was divided among ranks of MPI.
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

-- When the kernel switched the threads of a run's driver: rows only where that was recorded, 65,536
-- of a run at most.
CREATE TABLE switches (
    run_id  INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,              -- in the order of their times
    at_ns   INTEGER NOT NULL,              -- since the run's start
    thread  INTEGER NOT NULL,              -- as the kernel numbers it
    cpu     INTEGER NOT NULL,
    kind    TEXT NOT NULL,                 -- to the CPU: 'in'; away: 'out', 'preempted', 'exited'
    PRIMARY KEY (run_id, ordinal)
) STRICT, WITHOUT ROWID;
