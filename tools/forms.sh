#!/bin/sh
# Holds what a forge reads to its schemas, without a request to anybody.
# usage: forms.sh FOLDER    where check-jsonschema is
set -eu
programs=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
schema() { # NAME FILE...
  name=$1
  shift
  "$programs/check-jsonschema" --quiet --builtin-schema "vendor.$name" "$@"
}
schema github-workflows .github/workflows/*.yml
schema github-issue-forms .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/feature.yml
schema github-issue-config .github/ISSUE_TEMPLATE/config.yml
schema dependabot .github/dependabot.yml
schema citation-file-format CITATION.cff
