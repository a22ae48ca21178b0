-- Where a session was opened, in words by which its person can tell it from others: browser and system, and the network.
alter table identity.session add column device text;
alter table identity.session add column network text;
alter table identity.auth_event add column new_device boolean not null default false;
