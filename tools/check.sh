#!/bin/sh
# R CMD check on a clean copy of the files that git knows. Fails on errors, warnings and notes.
# usage: check.sh [ARCHIVE.tar.gz] [OPTION...]    an archive that is there is checked as it is
# What takes long is left out: tests are run by `make test-r` and `test-slow`, vignettes by the latter.
# Of an archive that is there the vignettes are run, and the tests that need no real core.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case "${1:-}" in
  *.tar.gz)
    cp "$1" "$work"
    shift
    cd "$work"
    ;;
  *)
    mkdir "$work/deepdreamr"
    (cd "$root" && git ls-files -z | xargs -0 tar -cf - ) | tar -xf - -C "$work/deepdreamr"
    cd "$work"
    R CMD build --no-build-vignettes deepdreamr
    set -- --ignore-vignettes --no-tests "$@"
    ;;
esac
export DEEPDREAMR_TEST_REAL=0 _R_CHECK_CRAN_INCOMING_=false _R_CHECK_VIGNETTES_SKIP_RUN_MAYBE_=true
R CMD check --no-manual "$@" deepdreamr_*.tar.gz || status=$?
result=$(grep '^Status:' deepdreamr.Rcheck/00check.log)
case "$result" in
  'Status: OK') echo 'check: 1 passed, 0 failed' ;;
  *)
    cat deepdreamr.Rcheck/00check.log
    [ ! -f deepdreamr.Rcheck/tests/testthat.Rout.fail ] || cat deepdreamr.Rcheck/tests/testthat.Rout.fail
    echo "R CMD check: $result" >&2
    exit "${status:-1}"
    ;;
esac
