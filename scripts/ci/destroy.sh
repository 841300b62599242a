#!/usr/bin/env bash
# Destroys the preview environment SUFFIX (pr-12), all its stacks. One that is not there is no error. Nothing else can be named.
set -euo pipefail
# shellcheck source=scripts/ci/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need SUFFIX
matches SUFFIX "$SUFFIX" "$PREVIEW_FORM"
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# No image is looked at, but without one the app would not know of the stack of the workers: it would stay, and hold the others.
npm run cdk -- destroy --all -c env=preview -c service.image=000000000000.dkr.ecr.nowhere.amazonaws.com/no:image -c "suffix=$SUFFIX" --force
