#!/usr/bin/env bash
# Refuses an image or a package that is not what the build workflow made of this commit: neither may be replaced on its way.
# In: IMAGE, DIGEST, PACKAGE (the .tgz), SHA256, COMMIT, REPOSITORY (owner/name), and SOURCE_REF where only builds of that
# branch are taken.
set -euo pipefail
# shellcheck source=scripts/ci/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need IMAGE DIGEST PACKAGE SHA256 COMMIT REPOSITORY
matches IMAGE "$IMAGE" "$IMAGE_FORM"
matches DIGEST "$DIGEST" "$DIGEST_FORM"
matches SHA256 "$SHA256" "$SHA256_FORM"
matches COMMIT "$COMMIT" "$COMMIT_FORM"
matches REPOSITORY "$REPOSITORY" "$REPOSITORY_FORM"

[ -f "$PACKAGE" ] || die "there is no package at $PACKAGE"
found=$(sha256sum "$PACKAGE" | cut -d' ' -f1)
[ "$found" = "$SHA256" ] || die "$PACKAGE has the checksum $found, but $SHA256 was built"

made_by=(--repo "$REPOSITORY" --signer-workflow "$REPOSITORY/.github/workflows/build.yml" --source-digest "$COMMIT")
if [ -n "${SOURCE_REF:-}" ]; then made_by+=(--source-ref "$SOURCE_REF"); fi
gh attestation verify "oci://$IMAGE@$DIGEST" "${made_by[@]}" >&2
gh attestation verify "$PACKAGE" "${made_by[@]}" >&2
