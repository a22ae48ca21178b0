-- At a gateway: rights that other members ask for, as they came through the authority, and what became of each.
create table exchange.asked_right (
  id uuid primary key,
  asker text not null,
  content jsonb not null,
  asked_at timestamptz not null,
  -- the proposal made of it; empty when none could be made
  right_id uuid,
  -- why none could be made, or what became of it
  decision text check (decision in ('approved', 'rejected')),
  reason text,
  answered_at timestamptz
);
