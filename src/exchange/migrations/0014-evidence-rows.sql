-- A closed record holds all that its draft held; the draft is emptied with it. Rows are below a page and are kept as they
-- are: PostgreSQL would try to compress each above 2 KB, which costs more than the bytes.
alter table exchange.evidence set (toast_tuple_target = 8160);
