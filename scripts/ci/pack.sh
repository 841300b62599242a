#!/usr/bin/env bash
# Packs the npm package into FOLDER, once for all environments and for the release: pack.sh FOLDER
# Out: file, sha256.
set -euo pipefail
# shellcheck source=scripts/ci/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -eq 1 ] || die 'usage: pack.sh FOLDER' 2
mkdir -p "$1"
npm pack --silent --pack-destination "$1" >&2
shopt -s nullglob
packed=("$1"/*.tgz)
[ ${#packed[@]} -eq 1 ] || die "$1 holds ${#packed[@]} packages in place of one"
sha256=$(sha256sum "${packed[0]}" | cut -d' ' -f1)
matches 'the checksum of the package' "$sha256" "$SHA256_FORM"
output file "${packed[0]##*/}"
output sha256 "$sha256"
# shellcheck disable=SC2016 # the backquotes are Markdown
summary "Package ${packed[0]##*/}: \`sha256:$sha256\`"
