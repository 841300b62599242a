#!/usr/bin/env bash
# Publishes the package that was built, with provenance. npm takes the workflow's own identity (trusted publishing): no token.
# A second try of the same release is no error when the registry holds this very package.
# In: PACKAGE (the .tgz), VERSION, PRERELEASE (true or false).
set -euo pipefail
# shellcheck source=scripts/ci/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need PACKAGE VERSION PRERELEASE
matches VERSION "$VERSION" "$VERSION_FORM"
matches PRERELEASE "$PRERELEASE" 'true|false'
[ -f "$PACKAGE" ] || die "there is no package at $PACKAGE"
name=$(node -p 'require("./package.json").name')
tag=latest
if [ "$PRERELEASE" = true ]; then tag=next; fi

# From 11.5.1 on npm signs in with the workflow's identity; an older one would ask for a token.
npm_version=$(npm --version)
oldest=$(printf '%s\n' 11.5.1 "$npm_version" | sort -V | head -n 1)
[ "$oldest" = 11.5.1 ] || die "npm $npm_version is too old for trusted publishing: 11.5.1 or newer is needed"

ours="sha512-$(openssl dgst -sha512 -binary "$PACKAGE" | base64 -w0)"
theirs=$(npm view "$name@$VERSION" dist.integrity 2>/dev/null || true)
if [ -n "$theirs" ]; then
  [ "$theirs" = "$ours" ] || die "$name@$VERSION is published already, and is another package ($theirs, not $ours)"
  summary "$name@$VERSION was published before"
  exit 0
fi
case "$PACKAGE" in /*) file=$PACKAGE ;; *) file=./$PACKAGE ;; esac
npm publish "$file" --provenance --access public --tag "$tag"
summary "Published $name@$VERSION as $tag"
