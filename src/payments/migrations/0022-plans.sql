-- Plans for sets of some thousands among millions. A table that has just grown by a million rows has no statistics of them, and
-- a plan that reads it whole for every set costs its square. Each row of a set is looked up by its key instead.
alter function payments.apply_events() set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off;
alter function payments.check_instructions() set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off;
alter function payments.check_status_lines() set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off;
