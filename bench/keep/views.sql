-- What is documented for others to read (docs/methodology.md): made again whenever a store changes.
-- c.* is what tells a case: case_id, campaign_id, ordinal, its fields and predicted_ns.

-- A row per run with everything that is known of it and its case, controls too.
CREATE VIEW all_runs AS
SELECT c.*, r.id AS run_id, r.block, r.position, r.started_at, r.quality, r.reasons, r.completed,
       r.failed, r.not_started, r.makespan_ns,
       CASE WHEN r.completed > 0 THEN r.makespan_ns / r.completed END AS per_request_ns,
       r.setup_ns, r.warmup_ns, r.teardown_ns, r.server_start_ns, r.process_ns,
       r.latency_p50_ns, r.latency_p99_ns, r.latency_max_ns, r.latency_p50_low_ns,
       r.latency_p50_high_ns, r.latency_p99_low_ns, r.latency_p99_high_ns,
       r.service_p50_ns, r.service_p99_ns, r.lag_p50_ns, r.lag_p99_ns, r.lag_max_ns,
       r.achieved_rate, r.gap_distance, r.gap_chance, r.overloaded,
       r.first_response_ns, r.half_completed_ns, r.most_completed_ns, r.last_response_ns,
       (SELECT value FROM usage WHERE run_id = r.id AND side = 'system'
        AND metric = 'syn_retransmits')
           AS syn_retransmits,
       (SELECT value FROM usage WHERE run_id = r.id AND side = 'system'
        AND metric = 'listen_overflows')
           AS listen_overflows,
       iif(json_valid(r.server_json), json_extract(r.server_json, '$.serves_at_once'), NULL)
           AS serves_at_once,
       r.server_json, r.no_syscalls, r.active, r.histogram
FROM runs r JOIN cases c USING (case_id);

-- The same without controls.
CREATE VIEW run_figures AS SELECT * FROM all_runs WHERE control = '';

-- A row per request. What the server delayed it is server_delay_ns: delay_ns is the case's. Its
-- latency runs from the intended start, where it has one, its service time from the actual one.
CREATE VIEW request_figures AS
SELECT c.*, r.block, s.run_id, s.request, s.slot, s.outcome, s.errnum, s.reused, s.intended_ns,
       s.start_ns, s.connected_ns, s.sent_ns, s.received_ns, s.delay_ns AS server_delay_ns, s.overshoot_ns,
       s.first_byte_ns, s.end_ns, 
       s.end_ns - coalesce(s.intended_ns, s.start_ns) AS latency_ns,
       s.end_ns - s.start_ns AS service_ns
FROM samples s JOIN runs r ON r.id = s.run_id JOIN cases c USING (case_id)
WHERE c.control = '';

-- A row per run, side and metric of the resource usage.
CREATE VIEW usage_figures AS
SELECT c.*, u.run_id, r.block, r.quality, r.completed, u.side, u.metric, u.unit, u.value
FROM usage u JOIN runs r ON r.id = u.run_id JOIN cases c USING (case_id)
WHERE c.control = '';

-- A row per phase of a run's requests.
CREATE VIEW breakdown_figures AS
SELECT c.*, b.run_id, r.block, r.quality, r.makespan_ns, b.phase, b.ordinal AS phase_ordinal,
       b.mean_ns, b.p99_ns
FROM breakdown b JOIN runs r ON r.id = b.run_id JOIN cases c USING (case_id)
WHERE c.control = '';

-- A row per 100 ms of a run of open arrivals.
CREATE VIEW window_figures AS
SELECT c.*, w.run_id, r.block, r.quality, r.overloaded, w.window, w.window * 100000000 AS begin_ns,
       w.due, w.completed, w.latency_p50_ns, w.latency_p99_ns, w.latency_max_ns
FROM windows w JOIN runs r ON r.id = w.run_id JOIN cases c USING (case_id)
WHERE c.control = '';

-- A row per rank of a run in ranks.
CREATE VIEW rank_figures AS
SELECT c.*, x.run_id, r.block, r.quality, x.rank, x.host, x.concurrency AS rank_concurrency,
       x.requests AS rank_requests, x.completed, x.makespan_ns, x.start_lag_ns, x.latency_p50_ns,
       x.latency_p99_ns, x.cpu_ns, x.clock_offset_ns, x.clock_uncertainty_ns, x.clock_drift_ns
FROM ranks x JOIN runs r ON r.id = x.run_id JOIN cases c USING (case_id)
WHERE c.control = '';

-- A row per driver of a campaign of `waitbench limits`. case_id is one of the campaign's cases, which
-- differ in driver, concurrency and requests alone.
CREATE VIEW limit_figures AS
SELECT l.*, (SELECT min(case_id) FROM cases c WHERE c.campaign_id = l.campaign_id) AS case_id
FROM limits l;
