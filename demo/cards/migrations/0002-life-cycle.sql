-- The number printed on the plastic: how an office finds a card without anybody's identity number.
alter table cards.card
  add column number text unique,
  add column puk_salt bytea,
  add column puk_hash bytea,
  add column puk_tries int not null default 3 check (puk_tries between 0 and 3);
update cards.card set number = 'TD' || translate(substr(md5(id), 1, 10), 'abcdef', '012345');
alter table cards.card alter column number set not null;

-- Why a certificate does not stand. A suspended one may stand again.
alter table cards.certificate add column reason text;
update cards.certificate set reason = 'revoked' where revoked_at is not null;
alter table cards.certificate add check ((revoked_at is null) = (reason is null));

-- What an office did with a card, by whom and why. Never changed, never deleted.
create table cards.act (
  id uuid primary key,
  card_id text not null references cards.card,
  what text not null check (what in ('issue', 'renew', 'replace', 'suspend', 'lift', 'revoke', 'unblock')),
  reason text not null check (reason <> ''),
  officer text not null,
  at timestamptz not null
);
create index act_card on cards.act (card_id, at desc);
