#!/usr/bin/env bash
# Writes what the image holds, as CycloneDX, to FILE: sbom.sh FILE
# It is the file that lies in the image too, made from the same content.
set -euo pipefail
# shellcheck source=scripts/ci/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -eq 1 ] || die 'usage: sbom.sh FILE' 2
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
node scripts/image.mjs "$tree" >&2
mkdir -p "$(dirname "$1")"
cp "$tree/app/sbom.cdx.json" "$1"
