-- Whoever lets a stopped payment go on approves it: batches ask whether their releaser did. Few rows of very many.
create index instruction_event_ended_hold on payments.instruction_event (by, instruction)
  where event = 'hold-resolved' and by <> 'timer';
