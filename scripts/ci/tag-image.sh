#!/usr/bin/env bash
# Gives the image that was built the names of a release: its version and, unless it is a prerelease, its shorter forms.
# In: IMAGE, DIGEST, VERSION, PRERELEASE (true or false).
set -euo pipefail
# shellcheck source=scripts/ci/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need IMAGE DIGEST VERSION PRERELEASE
matches IMAGE "$IMAGE" "$IMAGE_FORM"
matches DIGEST "$DIGEST" "$DIGEST_FORM"
matches VERSION "$VERSION" "$VERSION_FORM"
matches PRERELEASE "$PRERELEASE" 'true|false'
tags=("$VERSION")
if [ "$PRERELEASE" = false ]; then tags+=("${VERSION%.*}" "${VERSION%%.*}" latest); fi
arguments=()
for tag in "${tags[@]}"; do arguments+=(--tag "$IMAGE:$tag"); done
docker buildx imagetools create "${arguments[@]}" "$IMAGE@$DIGEST"
named=$(docker buildx imagetools inspect "$IMAGE:$VERSION" --format '{{.Manifest.Digest}}')
[ "$named" = "$DIGEST" ] || die "$IMAGE:$VERSION has the digest $named in place of $DIGEST"
summary "$IMAGE: ${tags[*]} are $DIGEST"
