#!/usr/bin/env bash
# A browser for the tests. Debian's headless shell opens pages in two thirds of the time that the whole Chromium takes, so
# root (a container, as a rule) gets it where apt works; anyone else is asked for nothing while the machine has a browser.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

has() { for name in "$@"; do if command -v "$name" >/dev/null; then return 0; fi; done; return 1; }
apt() { "$@" apt-get update -qq -o Acquire::Retries=0 -o Acquire::http::Timeout=15 && shell_or_whole "$@"; }
shell_or_whole() {
  "$@" apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null 2>&1 ||
    "$@" apt-get install -y -qq --no-install-recommends chromium >/dev/null
}

if has chromium-headless-shell; then exit 0; fi
if [ "$(id -u)" -eq 0 ] && has apt-get && apt; then exit 0; fi
if has chromium chromium-browser google-chrome google-chrome-stable; then exit 0; fi
has apt-get || { echo "no browser found and no apt-get here: install chromium" >&2; exit 1; }
has sudo || { echo "no browser found, and neither root nor sudo to install one: install chromium" >&2; exit 1; }
apt sudo
