#!/usr/bin/env bash
# Copies the image by its digest into the registry of the account that is signed in to, where tasks without internet pull it.
# In: IMAGE, DIGEST, COMMIT, ECR_REPOSITORY (its name), AWS_REGION. Out: reference (registry/name@digest).
set -euo pipefail
# shellcheck source=scripts/ci/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need IMAGE DIGEST COMMIT ECR_REPOSITORY AWS_REGION
matches IMAGE "$IMAGE" "$IMAGE_FORM"
matches DIGEST "$DIGEST" "$DIGEST_FORM"
matches COMMIT "$COMMIT" "$COMMIT_FORM"
matches ECR_REPOSITORY "$ECR_REPOSITORY" '[a-z0-9][a-z0-9._/-]{1,255}'
matches AWS_REGION "$AWS_REGION" '[a-z]{2}(-[a-z]+)+-[0-9]'

uri=$(aws ecr describe-repositories --repository-names "$ECR_REPOSITORY" --query 'repositories[0].repositoryUri' --output text)
matches 'the address of the registry' "$uri" "$IMAGE_FORM"
aws ecr get-login-password | docker login --username AWS --password-stdin "${uri%%/*}" >&2
tag=$uri:sha-$COMMIT
digest_there() { docker buildx imagetools inspect "$tag" --format '{{.Manifest.Digest}}'; }
# Tags of that registry stay with their image: one that a first try left is not given again.
if [ "$(digest_there 2>/dev/null || true)" != "$DIGEST" ]; then
  # A tag keeps it from being expired as untagged. One whole index as the source is copied as it is, bit by bit.
  docker buildx imagetools create --tag "$tag" "$IMAGE@$DIGEST" >&2
fi
copied=$(digest_there)
[ "$copied" = "$DIGEST" ] || die "the copy in $uri has the digest $copied in place of $DIGEST"
output reference "$uri@$DIGEST"
