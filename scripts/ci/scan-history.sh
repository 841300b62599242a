#!/usr/bin/env bash
# Looks for secrets in every commit there is: one that was removed later is known all the same. The tree itself is looked at
# by `npm run test:deploy`, with the same rules (.gitleaks.toml). GITLEAKS: the program, else the one on the PATH or from go.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=scripts/ci/lib.sh
source "$here/lib.sh"

version=v8.30.1
gitleaks=${GITLEAKS:-$(command -v gitleaks || true)}
if [ -z "$gitleaks" ]; then
  bin=$(mktemp -d)
  trap 'rm -rf "$bin"' EXIT
  GOBIN=$bin go install "github.com/zricethezav/gitleaks/v8@$version"
  gitleaks=$bin/gitleaks
fi
[ "$(git rev-parse --is-shallow-repository)" = false ] || die 'this clone holds only a part of the history: fetch all of it'
"$gitleaks" git . --config .gitleaks.toml --no-banner --redact --exit-code 1
