#!/usr/bin/env bash
# Builds the image for both processors, and pushes it when PUSH is "true". The same commit over the same base (its tag
# gets security fixes) gives the same digest: what BuildKit would add about the build itself (times, hosts) is left out, and
# said instead by attestations beside the image.
# In: IMAGE, COMMIT, PUSH (true or false), PLATFORMS (default both). Out: digest (of the index that names both).
set -euo pipefail
# shellcheck source=scripts/ci/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need IMAGE COMMIT PUSH
matches IMAGE "$IMAGE" "$IMAGE_FORM"
matches COMMIT "$COMMIT" "$COMMIT_FORM"
matches PUSH "$PUSH" 'true|false'
platforms=${PLATFORMS:-linux/amd64,linux/arm64}
matches PLATFORMS "$platforms" 'linux/(amd64|arm64)(,linux/(amd64|arm64))?'

SOURCE_DATE_EPOCH=$(git log -1 --format=%ct "$COMMIT")
export SOURCE_DATE_EPOCH
version=$(node -p 'require("./package.json").version')
metadata=$(mktemp)
trap 'rm -f "$metadata"' EXIT

docker buildx build . \
  --platform "$platforms" \
  --provenance=false --sbom=false \
  --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" \
  --build-arg "REVISION=$COMMIT" \
  --build-arg "VERSION=$version" \
  --metadata-file "$metadata" \
  --output "type=image,name=$IMAGE:sha-$COMMIT,push=$PUSH,rewrite-timestamp=true"

digest=$(node -p 'JSON.parse(fs.readFileSync(process.argv[1], "utf8"))["containerimage.digest"]' "$metadata")
matches 'the digest that was built' "$digest" "$DIGEST_FORM"
output digest "$digest"
# shellcheck disable=SC2016 # the backquotes are Markdown
summary "Image of \`$COMMIT\` for $platforms: \`$digest\`"
