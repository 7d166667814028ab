#!/bin/sh
# Set up what `make` needs: a virtualenv, and R with the packages that DESCRIPTION imports.
# usage: setup.sh VENV [R-PACKAGE...]    further R packages, such as covr; Suggests for all of that field,
# and for the browser that the tests of the page need; pkgdown also for npm
set -eu
venv=$1
shift
root=$(cd "$(dirname "$0")/.." && pwd)

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

updated=
install_packages() { # Debian packages
  if ! command -v apt-get >/dev/null; then
    echo "There is no apt-get here. Please install by hand: $*" >&2
    echo "(R packages with install.packages(), Python from python.org or your system.)" >&2
    exit 1
  fi
  [ -n "$updated" ] || as_root apt-get update -qq
  updated=yes
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" \
    >/dev/null
}

# A Python from 3.10 that can make virtualenvs and whose library R can load.
usable='
import ensurepip, os, sys, sysconfig, venv
assert sys.version_info >= (3, 10)
library = os.path.join(sysconfig.get_config_var("LIBDIR") or "", sysconfig.get_config_var("INSTSONAME") or "")
multiarch = os.path.join(os.path.dirname(library), sysconfig.get_config_var("MULTIARCH") or "", os.path.basename(library))
assert sys.platform in ("darwin", "win32") or (library.find(".so") > 0 and (os.path.exists(library) or os.path.exists(multiarch)))
'
find_python() {
  for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.10 /usr/bin/python3 python; do
    if command -v "$candidate" >/dev/null && "$candidate" -c "$usable" 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
}

programs=$venv/bin
[ "${OS:-}" != Windows_NT ] || programs=$venv/Scripts
if [ ! -e "$programs/python" ] && [ ! -e "$programs/python.exe" ]; then
  python=$(find_python)
  if [ -z "$python" ]; then
    install_packages python3 python3-venv libpython3-dev
    python=$(find_python)
  fi
  if [ -z "$python" ]; then
    echo "No Python from 3.10 with venv and a shared library was found; name one with PYTHON=..." >&2
    exit 1
  fi
  "$python" -m venv "$venv"
  "$programs/python" -m pip install --quiet --upgrade pip
fi

command -v Rscript >/dev/null || install_packages r-base-core r-base-dev
command -v pandoc >/dev/null || install_packages pandoc

case " $* " in *" Suggests "*)
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
    command -v google-chrome >/dev/null || install_packages chromium
  ;;
esac

case " $* " in *" pkgdown "*) command -v npm >/dev/null || install_packages npm ;; esac

missing=$(cd "$root" && Rscript --vanilla tools/missing.R "$@")
if [ -n "$missing" ]; then
  if command -v apt-get >/dev/null && [ "$(Rscript --vanilla -e 'cat(R.home())')" = /usr/lib/R ]; then
    # shellcheck disable=SC2086  # a list of words
    install_packages $missing
  else # an R that Debian's packages are not for
    (cd "$root" && Rscript tools/missing.R --install "$@")
  fi
fi
still=$(cd "$root" && Rscript --vanilla tools/missing.R "$@")
if [ -n "$still" ]; then
  echo "These R packages are still missing: $still" >&2
  exit 1
fi
