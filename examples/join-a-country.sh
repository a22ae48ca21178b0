#!/bin/sh
# An agency joins a country: one invitation file, three commands. Everything in a folder of its own, on this machine.
#
#   examples/join-a-country.sh [folder]        the folder must not exist yet; ports 7600 to 7613 must be free
#
# What stands for the agency's and the authority's own PostgreSQL is started here; in production they bring theirs.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$(mktemp -d)/country}
. "$root/examples/run-beside.sh"

echo "1. PostgreSQL and an authority (a country has these already)"
postgres authority taroko
cat >authority.json <<JSON
{ "site": "authority", "database": "env:AUTHORITY_DATABASE", "keys": "./keys/authority", "instance": "TW",
  "listen": { "port": 7600 }, "desk": { "port": 7601 }, "logOrigin": "authority.example/log",
  "country": "$root/countries/taiwan/index.ts", "members": [] }
JSON
start authority node "$root/src/cli.ts" run authority.json
await authority.out '"running":"authority"'

began=$(date +%s)
echo "2. The registrar invites the agency:"
set -x
taroko invite authority.json TW/GOV/CWA --name "中央氣象署|Central Weather Administration" --out invitation.json
{ set +x; } 2>/dev/null
echo "3. The agency joins:"
set -x
taroko join invitation.json --subsystem "stations:氣象站|Weather stations" --public-address localhost:7611 --port 7610
{ set +x; } 2>/dev/null
echo "4. The agency starts its gateway:"
start gateway node "$root/src/cli.ts" run gateway.json
await gateway.out '"running":"gateway'
grep '"running"' gateway.out
curl -s http://127.0.0.1:7610/health && echo
curl -s -H 'accept: application/json' http://127.0.0.1:7610/listClients && echo
echo "joined after $(($(date +%s) - began)) seconds"

echo "5. What registrars see:"
taroko authority invitations authority.json | grep -E '"(member|used_by|expires_at)"'
