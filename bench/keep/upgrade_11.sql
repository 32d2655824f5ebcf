-- Version 10 had terms of its own; version 11 has those of the field.
ALTER TABLE cases RENAME COLUMN shape TO arrivals;
ALTER TABLE cases RENAME COLUMN think_ns TO delay_ns;
ALTER TABLE cases RENAME COLUMN role TO variant;
ALTER TABLE cases RENAME COLUMN id TO case_id;
UPDATE cases SET arrivals = iif(arrivals = 'gather', 'burst', 'closed'),
                 control = replace(control, 'no-ledger', 'no-usage');

ALTER TABLE runs RENAME COLUMN verdict TO quality;
ALTER TABLE runs RENAME COLUMN answered TO completed;
ALTER TABLE runs RENAME COLUMN first_answer_ns TO first_response_ns;
ALTER TABLE runs RENAME COLUMN half_answered_ns TO half_completed_ns;
ALTER TABLE runs RENAME COLUMN most_answered_ns TO most_completed_ns;
ALTER TABLE runs RENAME COLUMN last_answer_ns TO last_response_ns;

ALTER TABLE ledger RENAME TO usage;
UPDATE usage SET metric = 'host_stall_ns' WHERE metric = 'hiccup_ns';

ALTER TABLE blame RENAME TO breakdown;
UPDATE breakdown SET phase = 'delay' WHERE phase = 'think';
UPDATE breakdown SET phase = 'overshoot' WHERE phase = 'late';

ALTER TABLE samples RENAME COLUMN lane TO slot;
ALTER TABLE samples RENAME COLUMN thought_ns TO delay_ns;
ALTER TABLE samples RENAME COLUMN late_ns TO overshoot_ns;

-- It knew whole processes by driver, shape and concurrency, and timed those of the usual backlog.
ALTER TABLE whole_processes RENAME TO old_whole_processes;
CREATE TABLE whole_processes (
    case_id  INTEGER PRIMARY KEY REFERENCES cases(case_id) ON DELETE CASCADE,
    runs     INTEGER NOT NULL,
    median_s REAL NOT NULL,
    min_s    REAL NOT NULL,
    max_s    REAL NOT NULL
) STRICT;
INSERT INTO whole_processes
SELECT (SELECT case_id FROM cases c
        WHERE c.campaign_id = w.campaign_id AND c.driver = w.driver
              AND c.arrivals = iif(w.shape = 'gather', 'burst', 'closed')
              AND c.concurrency = w.concurrency
        ORDER BY c.ordinal LIMIT 1) AS case_id, w.runs, w.median_s, w.min_s, w.max_s
FROM old_whole_processes w WHERE case_id IS NOT NULL;
DROP TABLE old_whole_processes;

UPDATE calibration SET name = replace(replace(name, '_ask', '_request'), '_answer', '_response');

ALTER TABLE limits RENAME COLUMN knee TO capacity;
ALTER TABLE limits RENAME COLUMN knee_efficiency TO capacity_efficiency;
UPDATE limits SET ended = 'ramping' WHERE ended = 'climbing';

-- Up to five runs the interval was the range of the runs, whose coverage is known; beyond, a bootstrap's.
ALTER TABLE evidence ADD COLUMN coverage REAL;
UPDATE evidence SET coverage = iif(low = high, 0, 1 - 2.0 / (1 << runs)) WHERE low = high OR runs <= 5;
