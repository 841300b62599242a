#!/usr/bin/env bash
# Destroys the previews that no open pull request wants any more. One that cannot be destroyed does not keep the others.
# In: REPOSITORY (owner/name), LABEL (default preview), MOST (how many in one night, default 20).
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=scripts/ci/lib.sh
source "$here/lib.sh"

need REPOSITORY
matches REPOSITORY "$REPOSITORY" "$REPOSITORY_FORM"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
aws cloudformation describe-stacks --output json >"$folder/stacks.json"
# A list that is cut off would look like pull requests that are closed: more than anybody has open.
gh pr list --repo "$REPOSITORY" --state open --label "${LABEL:-preview}" --limit 1000 --json number >"$folder/open.json"
node "$here/leftovers.ts" "$folder/stacks.json" "$folder/open.json" "${MOST:-20}" >"$folder/leftovers"

failed=()
while read -r suffix; do
  SUFFIX=$suffix bash "$here/destroy.sh" </dev/null || failed+=("$suffix")
done <"$folder/leftovers"
[ ${#failed[@]} -eq 0 ] || die "not destroyed: ${failed[*]}"
summary "Destroyed: $(paste -sd' ' "$folder/leftovers")"
