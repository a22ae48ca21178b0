-- The text of every version of a decision model that a case was or may be judged by, under its hash: a decision can be
-- replayed after its version has left the disk. Never changed, never deleted.
create table services.rule_text (
  hash text primary key,
  model text not null,
  version text not null,
  xml text not null,
  kept_at timestamptz not null
);

-- Counts every change of what is in force, so that a process sees by one look that another one changed it.
create sequence services.rule_change;

-- A changed model on its way into force: drafted by one person, activated by another, taken back before its first day.
create table services.rule_draft (
  id uuid primary key,
  model text not null,
  agency text not null,
  version text not null,
  hash text not null references services.rule_text,
  valid_from date not null,
  note text not null,
  state text not null check (state in ('draft', 'active', 'withdrawn', 'discarded')),
  drafted_by uuid not null,
  drafted_name text not null,
  drafted_at timestamptz not null,
  activated_by uuid,
  activated_name text,
  activated_at timestamptz,
  ended_by uuid,
  ended_name text,
  ended_at timestamptz,
  change bigint not null default nextval('services.rule_change'),
  check (activated_by <> drafted_by),
  check ((state in ('active', 'withdrawn')) = (activated_by is not null))
);
create unique index one_version_from_a_day on services.rule_draft (model, valid_from) where state = 'active';
create index drafts_of_agency on services.rule_draft (agency, drafted_at desc);

-- A draft tried out over past cases: how far, and the sums. `plot`: cases by the difference of their amounts.
create table services.what_if (
  draft uuid primary key references services.rule_draft,
  state text not null check (state in ('running', 'done', 'failed')),
  -- the last case that was tried, in the order of their ids
  at_case uuid,
  total int not null,
  done int not null default 0,
  changed int not null default 0,
  gained int not null default 0,
  lost int not null default 0,
  unclear int not null default 0,
  before_sum numeric not null default 0,
  after_sum numeric not null default 0,
  plot jsonb not null default '{}',
  started_at timestamptz not null,
  ended_at timestamptz
);

-- The cases that would come out otherwise. No names: the number leads to the case whoever may see it.
create table services.what_if_case (
  draft uuid not null references services.what_if,
  case_id uuid not null,
  number text not null,
  submitted_at timestamptz not null,
  before_eligible boolean,
  before_amount numeric,
  after_eligible boolean,
  after_amount numeric,
  why jsonb not null,
  primary key (draft, case_id)
);
create index changed_cases_in_order on services.what_if_case (draft, number);
