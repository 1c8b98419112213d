#!/usr/bin/env bash
# A browser for the tests: the machine's own Chromium or Chrome, else Debian's package where apt works.
set -euo pipefail
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "no browser found, and neither root nor sudo to install one: install chromium" >&2; exit 1; }
  as_root=(sudo)
fi
command -v apt-get >/dev/null || { echo "no browser found and no apt-get here: install chromium" >&2; exit 1; }
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends chromium >/dev/null
