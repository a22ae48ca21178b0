-- Lets a single statement close several records and take it all back when one of them is closed already.
create function exchange.refuse_unless(holds boolean) returns void language plpgsql as $$
begin
  if not holds then raise exception 'records cannot be closed together' using errcode = 'TK001'; end if;
end $$;
