"""A real Chromium for tests: `window(width, height)` opens one that notes every mistake; `flaws(page)` looks at a page.

async with window(360, 740) as opened:
    await opened.page.goto(url)
    assert await flaws(opened.page) == []
    assert opened.mistakes == []
"""

import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Request, Route, async_playwright, expect

expect.set_options(timeout=30_000)  # a busy machine is no mistake of the page
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Window:
    """An open page; `mistakes` are its console errors, its exceptions and its requests that failed or left."""

    page: Page
    mistakes: list[str] = field(default_factory=list)


@asynccontextmanager
async def window(
    width: int = 360, height: int = 740, flags: Sequence[str] = (), **context: Any
) -> AsyncIterator[Window]:
    """A new browser, with `flags` of Chromium's, and one empty page. It reaches this machine and nothing else.

    A machine without Chromium skips the test with a word; CI has to have it.
    """
    if not CHROMIUM and not os.environ.get("CI"):
        pytest.skip("needs Chromium (Debian's package chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *flags])
        try:
            opened = await browser.new_context(
                viewport={"width": width, "height": height}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", **context
            )
            page = await opened.new_page()
            made = Window(page)
            _watch(made)
            await page.route("**/*", lambda route, request: _stay_here(made, route, request))
            yield made
        finally:
            await browser.close()


def _watch(made: Window) -> None:
    page = made.page
    page.on("pageerror", lambda error: made.mistakes.append(f"exception: {error}"))
    page.on("console", lambda said: made.mistakes.append(said.text) if said.type in ("error", "warning") else None)


async def _stay_here(made: Window, route: Route, request: Request) -> None:
    if urlsplit(request.url).hostname in ("127.0.0.1", "localhost", None):
        await route.continue_()
    else:
        made.mistakes.append(f"left this machine: {request.url}")
        await route.abort()


async def flaws(page: Page) -> list[str]:
    """What a blind or an old reader would stumble over once the page has loaded; empty when all is well."""
    await page.wait_for_load_state()
    return list(await page.evaluate(_LOOK))


_LOOK = """() => {
  const found = [];
  const shown = (e) => e.checkVisibility ? e.checkVisibility() : e.offsetParent !== null;
  const label = (e) => e.getAttribute('aria-label') || e.labels?.[0]?.textContent;
  const name = (e) => (label(e) || e.textContent || e.alt || '').trim();
  if (document.documentElement.lang !== 'vi') found.push('lang');
  if (!document.title.trim()) found.push('title');
  if (document.querySelectorAll('h1').length !== 1) found.push('h1: ' + document.querySelectorAll('h1').length);
  for (const tag of ['header', 'main', 'nav']) if (!document.querySelector(tag)) found.push('no ' + tag);
  if (!document.querySelector('a.skip[href^="#"]')) found.push('no skip link');
  for (const image of document.images) if (!image.hasAttribute('alt')) found.push('img without alt: ' + image.src);
  for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href]'))
    if (shown(e) && !name(e)) found.push('no name: ' + e.outerHTML.slice(0, 90));
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of ids) if (ids.filter((one) => one === id).length > 1) found.push('id twice: ' + id);
  for (const e of document.querySelectorAll('[aria-labelledby],[aria-describedby]'))
    for (const id of (e.getAttribute('aria-labelledby') || e.getAttribute('aria-describedby')).split(' '))
      if (!document.getElementById(id)) found.push('points nowhere: ' + id);
  let level = 0;
  for (const h of document.querySelectorAll('h1,h2,h3,h4')) {
    if (level && +h.tagName[1] > level + 1) found.push('heading skips: ' + h.textContent.trim());
    level = +h.tagName[1];
  }
  if (document.documentElement.scrollWidth > innerWidth + 1) found.push('wider than the screen');
  for (const e of document.querySelectorAll('button, .button, nav a, summary, input, textarea'))
    if (shown(e) && !e.closest('.visually-hidden, .skip') && e.getBoundingClientRect().height < 24)
      found.push('small target: ' + name(e));
  const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return { rgb: m.slice(0, 3), a: m[3] ?? 1 }; };
  const light = ([r, g, b]) => {
    const f = (v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
    return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const behind = (e) => { for (let at = e; at; at = at.parentElement) { const style = getComputedStyle(at);
    if (style.backgroundImage !== 'none') return null;
    const c = parse(style.backgroundColor); if (c.a === 1) return c.rgb; } return [255, 255, 255]; };
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !shown(e) || e.closest('.visually-hidden, .skip, noscript')) continue;
    const back = behind(e); if (!back) continue;
    const style = getComputedStyle(e), [a, b] = [light(parse(style.color).rgb), light(back)].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && +style.fontWeight >= 700);
    const ratio = (a + .05) / (b + .05);
    if (ratio < (large ? 3 : 4.5)) found.push(`contrast ${ratio.toFixed(1)}: ${e.textContent.trim().slice(0, 40)}`);
  }
  return found;
}"""
