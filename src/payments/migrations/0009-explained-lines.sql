-- What was explained as a payment's counts as proof of it; what names a payment and is not explained stands in its way.
create index suspense_resolution_subject on payments.suspense_resolution (subject);
create index suspense_candidate on payments.suspense (candidate) where candidate is not null;
