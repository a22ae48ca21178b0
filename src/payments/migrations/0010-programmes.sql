-- A programme in full: what the money is for, who pays it, and what no payment of it may exceed. `main` is the house's own.
alter table payments.programme
  add column title jsonb not null default '{"zh-Hant": "一般給付", "en": "General benefits"}',
  add column law text not null default '',
  add column purpose_code text,
  add column purpose_text text,
  add column payer jsonb,
  add column per_payment bigint check (per_payment > 0),
  add column third_above bigint check (third_above > 0),
  add column batch_third_above bigint check (batch_third_above > 0),
  add column max_per_account int not null default 5 check (max_per_account > 0),
  add column opened_at timestamptz,
  add column opened_by text,
  add check ((opened_at is null) = (opened_by is null)),
  add check ((purpose_code is null) = (purpose_text is null));
update payments.programme set opened_at = created_at, opened_by = 'system' where id = 'main';
-- A budget can be given before the programme is opened; nothing can be granted from it until then.
create index entitlement_programme on payments.entitlement (programme, id);
