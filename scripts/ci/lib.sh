# shellcheck shell=bash
# Sourced by the scripts beside it, never run.

# Ends with what is wrong: die MESSAGE [CODE]
die() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  exit "${2:-1}"
}

# Each named variable must be there and say something.
need() {
  local name
  for name in "$@"; do
    [ -n "${!name:-}" ] || die "the variable $name is missing or empty" 2
  done
}

# What comes from outside must look like what it is before it becomes an argument: matches NAME VALUE REGEX
matches() {
  [[ "$2" =~ ^($3)$ ]] || die "$1 is \"$2\", which is not of the form $3" 2
}

COMMIT_FORM='[0-9a-f]{40}'
DIGEST_FORM='sha256:[0-9a-f]{64}'
SHA256_FORM='[0-9a-f]{64}'
IMAGE_FORM='[a-z0-9][a-z0-9._:/-]{2,200}'
PACKAGE_FORM='[a-z0-9.-]+\.tgz'
REPOSITORY_FORM='[A-Za-z0-9-]+/[A-Za-z0-9._-]+'
ENVIRONMENT_FORM='dev|qa|staging|prod|preview'
PREVIEW_FORM='pr-[1-9][0-9]{0,6}'
VERSION_FORM='[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?'
export COMMIT_FORM DIGEST_FORM SHA256_FORM IMAGE_FORM PACKAGE_FORM REPOSITORY_FORM ENVIRONMENT_FORM PREVIEW_FORM VERSION_FORM

# A step's output for the steps and jobs after it: output NAME VALUE
output() {
  case "$2" in *$'\n'*) die "the output $1 has a line break" ;; esac
  printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:-/dev/stdout}"
}

# Markdown for the run's page: summary LINE…
summary() {
  printf '%s\n' "$@" >>"${GITHUB_STEP_SUMMARY:-/dev/stdout}"
}
