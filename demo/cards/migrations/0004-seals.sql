-- An organisation's certificate for seals is on no card.
alter table cards.certificate alter column card_id drop not null;
