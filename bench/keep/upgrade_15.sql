-- Version 15 knows when the kernel switched a driver's threads.
ALTER TABLE runs ADD COLUMN switches_lost INTEGER;
ALTER TABLE runs ADD COLUMN no_switches TEXT NOT NULL DEFAULT '';
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
