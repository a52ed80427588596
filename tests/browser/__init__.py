"""Tests of pages in a real browser.

They use Debian's Chromium through Playwright, and say why they are skipped where there is none.
"""
