#!/bin/sh
# Two agencies and an event: one publishes, the other's system is called; then it is away, and nothing is lost.
#
#   examples/events-between-agencies.sh [folder]   the folder must not exist yet; ports 7700 to 7723 must be free
#
# What stands for the agencies' and the authority's own PostgreSQL is started here; in production they bring theirs.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$(mktemp -d)/country}
. "$root/examples/run-beside.sh"

call() { # gateway's port, client, method, path in the room, body…
  port=$1 client=$2 method=$3 path=$4 && shift 4
  curl -s -X "$method" -H "X-GovStack-Client: TW/GOV/$client" -H 'Content-Type: application/json' \
    -w '  [%{http_code}]\n' "$@" "http://127.0.0.1:$port/r1/TW/GOV/MOI/births/$path"
}

echo "1. PostgreSQL, an authority, two agencies: MOI with the room births, NHIA with the system cards"
postgres authority moi nhia
cat >authority.json <<JSON
{ "site": "authority", "database": "env:AUTHORITY_DATABASE", "keys": "./keys/authority", "instance": "TW",
  "listen": { "port": 7700 }, "logOrigin": "authority.example/log", "country": "$root/countries/taiwan/index.ts",
  "members": [
    { "memberClass": "GOV", "memberCode": "MOI", "name": { "zh-Hant": "內政部", "en": "Ministry of the Interior" },
      "subsystems": [{ "code": "births", "name": { "zh-Hant": "出生登記", "en": "Births" } }] },
    { "memberClass": "GOV", "memberCode": "NHIA", "name": { "zh-Hant": "健保署", "en": "Health Insurance" },
      "subsystems": [{ "code": "cards", "name": { "zh-Hant": "健保卡", "en": "Cards" } }] }
  ] }
JSON
start authority node "$root/src/cli.ts" run authority.json
await authority.out '"running":"authority"'
anchor=$(sed -n 's/.*"anchor":"\([^"]*\)".*/\1/p' authority.out)
# code, its number among the ports, subsystem, events and services, rights
gateway() {
  taroko invite authority.json "TW/GOV/$1" --out "$1.invitation.json" >/dev/null
  invitation=$(sed -n 's/.*"token": *"\([^"]*\)".*/\1/p' "$1.invitation.json")
  cat >"$1.json" <<JSON
{ "site": "gateway", "database": "env:$1_DATABASE", "keys": "./keys/$1", "instance": "TW",
  "member": { "memberClass": "GOV", "memberCode": "$1" }, "subsystems": ["$3"],
  "authority": { "url": "http://127.0.0.1:7700", "anchor": "$anchor" }, "invitation": "$invitation",
  "agency": { "port": 77${2}0 }, "peer": { "port": 77${2}1, "publicAddress": "localhost:77${2}1" },
  "public": { "port": 77${2}2 }, "govstack": { "port": 77${2}3 },
  "logOrigin": "log.$1.example/2026", "country": "$root/countries/taiwan/index.ts",
  $4, "rights": [$5] }
JSON
  start "$1" node "$root/src/cli.ts" run "$1.json"
  await "$1.out" '"running":"gateway'
}
right() { # own subsystem, service, member and subsystem that may
  printf '{ "subsystem": "%s", "serviceCode": "%s", "subject": { "memberClass": "GOV", "memberCode": "%s", "subsystemCode": "%s" } }' "$@"
}
gateway MOI 1 births '"events": { "rooms": ["births"] }' \
  "$(right births api MOI births), $(right births pub MOI births), $(right births api NHIA cards), $(right births pull NHIA cards)"
gateway NHIA 2 cards \
  '"services": [{ "subsystem": "cards", "code": "events", "title": { "zh-Hant": "事件", "en": "Events" },
    "url": "http://127.0.0.1:7799", "endpoints": [{ "method": "POST", "path": "/v1/events" }] }]' \
  "$(right cards events MOI births)"
system() { # the subscriber's own system: prints what it is told
  start system node -e "require('node:http').createServer((request, answer) => {
    let text = '';
    request.on('data', (part) => (text += part)).on('end', () => {
      console.log(request.headers['taroko-event-key'], text);
      answer.writeHead(204).end();
    });
  }).listen(7799, '127.0.0.1', () => console.log('listening'))"
  await system.out listening
}
system

echo "2. The ministry makes an event type; the insurer subscribes"
call 7713 MOI/births POST api/v1/eventType -d '{ "eventType": "newBirth", "schema": {
  "type": "object", "required": ["place", "date"], "additionalProperties": false,
  "properties": { "place": { "type": "string" }, "date": { "type": "string" } } } }'
call 7723 NHIA/cards POST api/v1/subs/newBirth -d '{ "eventType": "newBirth", "options": { "TTL": 86400 } }'

echo "3. A birth is published, and the insurer's system is called"
call 7713 MOI/births POST pub/v1/newBirth -H 'Taroko-Event-Key: family-17' -H 'Idempotency-Key: registration-4711' \
  -d '{ "eventType": "newBirth", "event": { "place": "花蓮", "date": "2026-11-22" } }'
await system.out 花蓮
cat system.out

echo "4. What does not meet the schema is refused"
call 7713 MOI/births POST pub/v1/newBirth -d '{ "eventType": "newBirth", "event": { "town": "花蓮" } }'

echo "5. The insurer's system goes away; two births of one family are published"
kill "$(cat system.pid)"
for day in 23 24; do
  call 7713 MOI/births POST pub/v1/newBirth -H 'Taroko-Event-Key: family-17' \
    -d "{ \"eventType\": \"newBirth\", \"event\": { \"place\": \"臺東\", \"date\": \"2026-11-$day\" } }"
done
sleep 2
taroko events status MOI.json
echo "   … and comes back: they arrive, in order"
system
await system.out 2026-11-24
grep 臺東 system.out
sleep 0.5
taroko events status MOI.json
taroko events dead MOI.json
echo "6. The whole history once more, at the subscriber's wish"
call 7723 NHIA/cards POST api/v1/subs/newBirth/replay -d '{ "from": 1 }'
await system.out 2026-11-22
