-- Version 9 did not keep when responses were complete. The samples tell, where they were kept; other
-- runs are left with NULL.
ALTER TABLE runs ADD COLUMN first_answer_ns INTEGER;
ALTER TABLE runs ADD COLUMN half_answered_ns INTEGER;
ALTER TABLE runs ADD COLUMN most_answered_ns INTEGER;
ALTER TABLE runs ADD COLUMN last_answer_ns INTEGER;
WITH answers AS (
    SELECT run_id, end_ns, row_number() OVER (PARTITION BY run_id ORDER BY end_ns) AS nth,
           count(*) OVER (PARTITION BY run_id) AS n
    FROM samples WHERE outcome = 'ok'),
times AS (
    SELECT run_id, min(end_ns) AS first, max(end_ns) AS last,
           max(iif(nth = (n + 1) / 2, end_ns, NULL)) AS half,
           max(iif(nth = (9 * n + 9) / 10, end_ns, NULL)) AS most
    FROM answers GROUP BY run_id)
UPDATE runs SET first_answer_ns = first, half_answered_ns = half, most_answered_ns = most,
                last_answer_ns = last
FROM times WHERE times.run_id = runs.id;
