#!/usr/bin/env bash
# Puts an image that is in the account's registry into an environment, all its stacks.
# In: ENVIRONMENT, REFERENCE (registry/name@digest), SUFFIX (of a preview, such as pr-12; empty otherwise).
set -euo pipefail
# shellcheck source=scripts/ci/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need ENVIRONMENT REFERENCE
matches ENVIRONMENT "$ENVIRONMENT" "$ENVIRONMENT_FORM"
matches REFERENCE "$REFERENCE" "${IMAGE_FORM}@${DIGEST_FORM}"
context=(-c "env=$ENVIRONMENT" -c "service.image=$REFERENCE")
if [ "$ENVIRONMENT" = preview ]; then
  need SUFFIX
  matches SUFFIX "$SUFFIX" "$PREVIEW_FORM"
  context+=(-c "suffix=$SUFFIX")
else
  [ -z "${SUFFIX:-}" ] || die "SUFFIX is \"$SUFFIX\", but only previews have one of their own" 2
fi

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# What changes rights is shown, not asked for: who approved the environment has seen the run, and IAM is held by snapshots.
npm run cdk -- deploy --all "${context[@]}" --require-approval never --progress events --outputs-file outputs.json
# shellcheck disable=SC2016 # the backquotes are Markdown
summary "### $ENVIRONMENT ${SUFFIX:-}" "\`${REFERENCE##*@}\`" '```json' "$(cat deploy/outputs.json)" '```'
