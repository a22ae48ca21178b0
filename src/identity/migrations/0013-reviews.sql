-- Whether managers were told that a role's review came due, or that its end came near.
alter table identity.office_role
  add column told_review boolean not null default false,
  add column told_end boolean not null default false;
