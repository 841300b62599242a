#!/usr/bin/env bash
# Makes the release on GitHub, with its part of the changelog, the package and its bill of materials. One that is there is kept.
# In: TAG, FOLDER (with notes.md, sbom.cdx.json, build.json and the package), FILE, PRERELEASE, REPOSITORY.
set -euo pipefail
# shellcheck source=scripts/ci/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need TAG FOLDER FILE PRERELEASE REPOSITORY
matches TAG "$TAG" "v$VERSION_FORM"
matches FILE "$FILE" "$PACKAGE_FORM"
matches PRERELEASE "$PRERELEASE" 'true|false'
matches REPOSITORY "$REPOSITORY" "$REPOSITORY_FORM"
if gh release view "$TAG" --repo "$REPOSITORY" >/dev/null 2>&1; then
  summary "The release $TAG was there before"
  exit 0
fi
options=(--verify-tag --title "$TAG" --notes-file "$FOLDER/notes.md")
if [ "$PRERELEASE" = true ]; then options+=(--prerelease); fi
gh release create "$TAG" "$FOLDER/$FILE" "$FOLDER/sbom.cdx.json" "$FOLDER/build.json" --repo "$REPOSITORY" "${options[@]}"
