#!/usr/bin/env bash
# Writes down what was built of a commit, for those who deploy and release it.
# In: COMMIT, DIGEST, FILE, SHA256. Writes the file OUT.
set -euo pipefail
# shellcheck source=scripts/ci/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need COMMIT DIGEST FILE SHA256 OUT
matches COMMIT "$COMMIT" "$COMMIT_FORM"
matches DIGEST "$DIGEST" "$DIGEST_FORM"
matches FILE "$FILE" "$PACKAGE_FORM"
matches SHA256 "$SHA256" "$SHA256_FORM"
mkdir -p "$(dirname "$OUT")"
printf '{ "commit": "%s", "digest": "%s", "file": "%s", "sha256": "%s" }\n' "$COMMIT" "$DIGEST" "$FILE" "$SHA256" >"$OUT"
