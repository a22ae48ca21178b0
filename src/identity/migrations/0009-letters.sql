-- Letters that were sealed, kept so that whoever fetches one again gets the same file. The PDF is encrypted under the
-- site's key: it names persons.
create table identity.letter (
  name text primary key,
  sha256 bytea not null,
  sealed bytea not null,
  made_at timestamptz not null
);
