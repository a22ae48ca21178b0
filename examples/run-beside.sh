# Sourced by the examples: a folder of their own, programs that run beside the script and end with it. Takes `folder` and `root`.
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
postgres() { # names: a server with these databases, their addresses as NAME_DATABASE in the environment
  start postgres node --input-type=module -e "
    const { startPostgres } = await import('$root/src/store/index.ts');
    const server = await startPostgres({ folder: '$folder/postgres' });
    const addresses = [];
    for (const name of process.argv.slice(1))
      addresses.push(name.toUpperCase() + '_DATABASE=' + (await server.database(name)));
    console.log(addresses.join('\\n'));
    process.once('SIGTERM', () => server.stop().then(() => process.exit(0)));
    setInterval(() => {}, 1000);" -- "$@"
  await postgres.out _DATABASE
  export $(cat postgres.out)
}
