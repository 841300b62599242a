#!/usr/bin/env bash
# Refuses a release that is not ready, before anything is published; else writes what is new into NOTES.
# In: TAG (v1.2.3), NOTES (a file to write), REPOSITORY (owner/name). Out: version, commit, prerelease (true or false).
set -euo pipefail
# shellcheck source=scripts/ci/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need TAG NOTES REPOSITORY
matches REPOSITORY "$REPOSITORY" "$REPOSITORY_FORM"
matches TAG "$TAG" "v$VERSION_FORM"
version=${TAG#v}
written=$(node -p 'require("./package.json").version')
[ "$written" = "$version" ] || die "package.json says $written, the tag says $version"
# The registry compares it with where the provenance says the package was built.
told=$(node -p 'require("./package.json").repository?.url ?? ""')
[ "$told" = "git+https://github.com/$REPOSITORY.git" ] ||
  die "package.json names \"$told\" as its repository: npm takes provenance for git+https://github.com/$REPOSITORY.git alone"
node "$(dirname "${BASH_SOURCE[0]}")/changelog.ts" "$version" >"$NOTES"
commit=$(git rev-parse --verify --quiet "refs/tags/$TAG^{commit}") || die "there is no tag $TAG"
git merge-base --is-ancestor "$commit" refs/remotes/origin/main || die "$TAG is not on main: only what was reviewed is released"
output version "$version"
output commit "$commit"
if [[ "$version" == *-* ]]; then output prerelease true; else output prerelease false; fi
