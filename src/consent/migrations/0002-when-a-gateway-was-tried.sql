-- `at` is the last good reading, absent where there was none yet; `cursor` is where a reading that did not reach the end goes on.
alter table consent.usage_read alter column at drop not null;
alter table consent.usage_read add column tried_at timestamptz;
update consent.usage_read set tried_at = at, at = case when fault is null then at end, cursor = null;
alter table consent.usage_read alter column tried_at set not null;
