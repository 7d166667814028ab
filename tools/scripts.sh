#!/bin/sh
# The scripts of R's part of the documentation site, from npm, as pkgdown/package-lock.json pins them.
# usage: scripts.sh FOLDER
set -eu
folder=$1
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$folder/npm"
cp "$root/pkgdown/package.json" "$root/pkgdown/package-lock.json" "$folder/npm"
(cd "$folder/npm" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
modules=$folder/npm/node_modules
cp "$modules/headroom.js/dist/headroom.min.js" "$modules/headroom.js/dist/jQuery.headroom.min.js" \
  "$modules/clipboard/dist/clipboard.min.js" "$modules/fuse.js/dist/fuse.min.js" \
  "$modules/autocomplete.js/dist/autocomplete.jquery.min.js" "$modules/mark.js/dist/mark.min.js" \
  "$folder"
rm -r "$folder/npm"
