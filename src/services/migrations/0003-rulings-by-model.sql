-- Which cases a version of a model decided, newest first, for counting how often each of its rows applied.
create index rulings_by_model on services.case_event ((input #>> '{ruling,model,hash}'), at desc, case_id desc)
  where type = 'submitted';
