"""Pages in a real browser: Debian's Chromium through Playwright, skipped with the reason where there is none."""
