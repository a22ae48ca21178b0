/** What `taroko rights --help` tells; apart from the command, so that help is told without loading it. */
export const rightsHelp: string = `
What there is
  list                     all rights; --service people/person, --subject TEXT, --state active narrow it
  show ID                  one right, with what happened to it
  review                   what waits for approval, for its review, or ends within --days 30
  groups                   the agency's own groups
Why
  explain EXCHANGE-ID      why a recorded call was allowed or refused (x-road-request-id, or a record's id)
  try                      the same of a call nobody made: --client --service --method --path [--purpose --basis --with-consent]
  who-reads FIELD          who could read a field now: a name, or a JSON pointer such as /address/city
  simulate [FILE]          which calls of the last --days 30 would be judged otherwise: changes as JSON, or --revoke ID
Changes (they hold with the next call; each is an entry of the log)
  propose                  --service --subject [--method --path --purpose --basis --field --consent --quota --until …]
  submit|approve|reject|activate|suspend|resume|revoke ID
  renew ID --until DATE    proposes the same right with a later end
  confirm ID --review DATE looked at and still needed; to be looked at again then
  group CODE --title TEXT  makes a group;  join CODE CLIENT, leave CODE CLIENT change its members

Examples:
  taroko rights gateway.json propose --service household/person --subject TW/GOV/2.16.886.101.20003/portal \\
    --method POST --path /v1/lookup --purpose subsidy --basis tw:law --field name --field /address/city \\
    --quota 1000/day+50 --until 2027-12-31 --review 2027-06-30 --owner "Household registration"
  taroko rights gateway.json approve 0199f0a2-… --by "Lin Mei"
  taroko rights gateway.json explain 5f3c1c1e-0a52-4a8e-9d3b-6a0d5a1f0c11
  taroko rights gateway.json simulate --revoke 0199f0a2-…
A proposal is approved by another person than those who wrote it. On a command line names are taken at their word: where
that is not enough, give operators the gateway's desk, which knows who they are.
Exit status: 0 done, 1 refused (try, explain: the call is refused), 2 could not.`;
