#!/usr/bin/env bash
# Runs one of the project's npm scripts, and shows its closing sums on the run's page: suite.sh SCRIPT [ARG…]
set -euo pipefail
# shellcheck source=scripts/ci/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -ge 1 ] || die 'usage: suite.sh SCRIPT [ARG…]' 2
matches 'the npm script' "$1" '[a-z][a-z0-9:-]*'
log=$(mktemp)
trap 'rm -f "$log"' EXIT
code=0
npm run "$1" -- "${@:2}" 2>&1 | tee "$log" || code=$?
# shellcheck disable=SC2016 # the backquotes are Markdown
summary "### \`npm run $*\`: exit code $code" '```' "$(tail -n 12 "$log")" '```'
exit "$code"
