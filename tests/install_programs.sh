#!/usr/bin/env bash
# Installs the programs that tests drive and pip has not: a Chromium browser, Java and LibreOffice Calc.
# With root or sudo and apt-get all come from the system's packages; without, Playwright brings its own browser.
set -euo pipefail

have() { command -v "$1" >/dev/null 2>&1; }

have_browser() { have chromium || have chromium-browser || have google-chrome || have_playwright_browser; }

have_playwright_browser() {
  python - <<'PYTHON'
import pathlib
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    raise SystemExit(not pathlib.Path(playwright.chromium.executable_path).exists())
PYTHON
}

have_calc() { have soffice || have libreoffice || [ -x /Applications/LibreOffice.app/Contents/MacOS/soffice ]; }

apt_install() {
  have apt-get || return 1
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || return 1
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

have_browser || apt_install chromium || python -m playwright install chromium
# Tests take a quarter less time with it, and do without where a system does not have it.
have chromium-headless-shell || apt_install chromium-headless-shell || true
have java || apt_install default-jre-headless || {
  echo "Pages and the EPUB are checked by vnu and epubcheck, which run on Java: install it (Debian: default-jre-headless) and try again." >&2
  exit 1
}
have_calc || apt_install libreoffice-calc || {
  echo "The tests recalculate the worksheets in LibreOffice: install LibreOffice Calc (Debian: libreoffice-calc) and try again." >&2
  exit 1
}
