#!/bin/sh
# Usage: serve.sh BINARIES FOLDER PORT
# Serves a new PostgreSQL on the loopback address, says when (READY PORT), and ends when its stdin closes.
set -eu
binaries=$1 folder=$2 port=$3

"$binaries/bin/initdb" --pgdata="$folder/data" --username=shardline --auth=trust --encoding=UTF8 --no-locale --no-sync \
  </dev/null >&2
# Nothing of it outlives the tests. Transactions are as strict as Redshift's own.
"$binaries/bin/postgres" -D "$folder/data" -h 127.0.0.1 -p "$port" -k '' -c fsync=off \
  -c default_transaction_isolation=serializable </dev/null >&2 &
server=$!

# A process in the background of a script has no stdin, unless it is handed on.
exec 3<&0
(
  cat <&3 >/dev/null
  kill -QUIT "$server"
) &

while ! grep -qs ready "$folder/data/postmaster.pid"; do
  kill -0 "$server" 2>/dev/null || exit 1
  sleep 0.1
done
echo "READY $port"
wait "$server"
