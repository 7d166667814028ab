#!/bin/sh
# Runs pytest with the lowest versions of what deepdreamr needs directly, of those that have a wheel for
# this Python, and shows that pip resolves the lowest and the newest ones for the oldest Python.
# usage: floor.sh VENV [PYTEST-ARGUMENT...]    a virtualenv of its own is made in VENV/floor
set -eu
venv=$1
shift
cd "$(dirname "$0")/.."
case $venv in /*) ;; *) venv=$PWD/$venv ;; esac
floor=$venv/floor
python=$floor/bin/python
oldest=$(sed -n 's/^requires-python = ">=\(.*\)"$/\1/p' pyproject.toml)

resolved() { # PYTHON-VERSION RESOLUTION
  "$floor/bin/uv" pip compile --quiet --only-binary :all: --python-version "$1" --resolution "$2" \
    --no-annotate --no-header pyproject.toml
}

"$venv/bin/python" -m venv --clear "$floor"
"$python" -m pip install --quiet uv
for resolution in lowest-direct highest; do
  resolved "$oldest" $resolution >"$floor/$oldest-$resolution.txt"
  echo "Python $oldest, $resolution: $(grep -c == "$floor/$oldest-$resolution.txt") packages resolve"
done
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
resolved "$version" lowest-direct >"$floor/lowest.txt"
"$floor/bin/uv" pip install --quiet --python "$python" -r "$floor/lowest.txt" ".[test,video,cluster,app]"
"$python" -m pytest -n 2 --dist loadfile -m "" "$@" # the slow ones too
