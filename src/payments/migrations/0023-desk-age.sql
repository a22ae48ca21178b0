-- The desk asks which payments have stood still for days: what was granted since then cannot have.
create index entitlement_granted on payments.entitlement using brin (granted_at);
