-- Rights as objects that are proposed, approved, reviewed and end. What a right said at any time stands in right_change.
alter table exchange.access_right
  drop constraint access_right_state_check,
  add constraint access_right_state_check
    check (state in ('draft', 'proposed', 'approved', 'active', 'suspended', 'expired', 'revoked')),
  add column subject_kind text not null default 'subsystem'
    check (subject_kind in ('subsystem', 'member', 'local-group', 'global-group')),
  add column quota jsonb,
  add column payload_check text check (payload_check in ('off', 'report', 'enforce')),
  add column review_at timestamptz,
  add column owner text,
  add column replaces uuid references exchange.access_right (id);
update exchange.access_right set subject_kind = 'member' where subject not like '%/%/%/%';
create index access_right_due on exchange.access_right (valid_until) where state in ('approved', 'active', 'suspended');

alter table exchange.right_change add column made_by text, add column note text;

-- Groups of one agency: subsystems (or whole members) of others that its rights name together.
create table exchange.local_group (
  owner text not null,
  code text not null,
  title text not null,
  primary key (owner, code)
);
create table exchange.local_group_member (
  owner text not null,
  code text not null,
  client text not null,
  primary key (owner, code, client),
  foreign key (owner, code) references exchange.local_group (owner, code)
);
-- Changes of a group's members, as they were written into the log: the record and the salt open the entry's commitment.
create table exchange.local_group_change (
  id uuid primary key,
  owner text not null,
  code text not null,
  client text not null,
  change text not null,
  at timestamptz not null,
  made_by text not null,
  record text not null,
  salt text not null,
  log_entry bigint not null
);

-- One bucket of calls for each right with a quota: `rate` is calls for each second; `wanted` and `taken` are of the last
-- statement, which may speak for several calls at once.
create table exchange.quota_bucket (
  right_id uuid primary key references exchange.access_right (id),
  capacity double precision not null,
  rate double precision not null,
  tokens double precision not null,
  wanted int not null,
  taken int not null,
  filled_at timestamptz not null
);
-- How many people a right was used for today, and a keyed digest of each, kept for that day only.
create table exchange.quota_day (
  right_id uuid not null references exchange.access_right (id),
  day date not null,
  subjects int not null,
  primary key (right_id, day)
);
create table exchange.quota_subject (
  right_id uuid not null,
  day date not null,
  subject_digest bytea not null,
  primary key (right_id, day, subject_digest)
);
