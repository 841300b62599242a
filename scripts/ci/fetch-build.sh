#!/usr/bin/env bash
# Finds the run that carried this commit to production and fetches what it built: a release publishes that, and builds nothing.
# In: COMMIT, REPOSITORY (owner/name), FOLDER. Out: digest, file, sha256.
set -euo pipefail
# shellcheck source=scripts/ci/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need COMMIT REPOSITORY FOLDER
matches COMMIT "$COMMIT" "$COMMIT_FORM"
matches REPOSITORY "$REPOSITORY" "$REPOSITORY_FORM"
run=$(gh run list --repo "$REPOSITORY" --workflow deliver.yml --branch main --commit "$COMMIT" --status success \
  --limit 1 --json databaseId --jq '.[0].databaseId // empty')
[ -n "$run" ] || die "no finished run of deliver.yml for $COMMIT: release what has reached production, once it has"
matches 'the number of the run' "$run" '[0-9]+'
gh run download "$run" --repo "$REPOSITORY" --name build --dir "$FOLDER" >&2
built() { node -p 'JSON.parse(fs.readFileSync(process.argv[1], "utf8"))[process.argv[2]]' "$FOLDER/build.json" "$1"; }
digest=$(built digest)
file=$(built file)
sha256=$(built sha256)
[ "$(built commit)" = "$COMMIT" ] || die "run $run built $(built commit), not $COMMIT"
matches 'the digest of the build' "$digest" "$DIGEST_FORM"
matches 'the file of the build' "$file" "$PACKAGE_FORM"
matches 'the checksum of the build' "$sha256" "$SHA256_FORM"
output digest "$digest"
output file "$file"
output sha256 "$sha256"
