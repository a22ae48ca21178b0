#!/bin/sh
# An agency joins a country: one invitation file, three commands. Everything in a folder of its own, on this machine.
#
#   examples/join-a-country.sh [folder]        the folder must not exist yet; ports 7600 to 7613 must be free
#
# What stands for the agency's and the authority's own PostgreSQL is started here; in production they bring theirs.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$(mktemp -d)/country}
PATH=$root/node_modules/.bin:$PATH
taroko() { node "$root/src/cli.ts" "$@"; }
mkdir -p "$folder" && cd "$folder"
finish() {
  kill $(cat ./*.pid 2>/dev/null) 2>/dev/null || true
  wait 2>/dev/null || true
}
trap finish EXIT INT TERM
start() { # name, command…: runs it beside this script; its output goes to name.out
  name=$1 && shift
  "$@" >"$name.out" 2>"$name.err" &
  echo $! >"$name.pid"
}
await() { # file, text: until the text is there
  tries=0
  until grep -q "$2" "$1" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || { echo "no $2 in $1:" >&2 && cat "${1%.out}.err" "$1" >&2 && exit 1; }
    sleep 0.2
  done
}

echo "1. PostgreSQL and an authority (a country has these already)"
start postgres node --input-type=module -e "
  const { startPostgres } = await import('$root/src/store/index.ts');
  const server = await startPostgres({ folder: '$folder/postgres' });
  console.log('AUTHORITY_DATABASE=' + (await server.database('authority')));
  console.log('TAROKO_DATABASE=' + (await server.database('gateway')));
  process.once('SIGTERM', () => server.stop().then(() => process.exit(0)));
  setInterval(() => {}, 1000);"
await postgres.out TAROKO_DATABASE
export $(cat postgres.out)
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
