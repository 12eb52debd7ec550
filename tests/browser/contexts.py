"""Contexts of one browser, lent to one test after another.

A context of its own for each test starts a process, and reads and compiles the whole application once more: that took
half the time of most tests. A context that was used gives the next test its cache, and nothing else: its pages are
closed, and what they stored is gone.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

TIMEOUT_MS: Final = 15_000
SIZE: Final = {"width": 1440, "height": 900}
# Each canvas would start a process of its own with a framework in it: a test that is about previews turns them on.
NO_PREVIEWS: Final = "try { localStorage.setItem('gnomon.canvas.previews', 'off'); } catch {}"
MEDIA: Final = ("color_scheme", "reduced_motion", "forced_colors")


class Lent:
    """A context with the empty page that keeps its process."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.is_free = True
        self._keeper: Page = context.new_page()
        self._cdp: CDPSession = context.new_cdp_session(self._keeper)

    def page(self, size: Mapping[str, int], media: Mapping[str, Any]) -> Page:
        """Open a page of some size, for somebody with some wishes."""
        page = self.context.new_page()
        if size != SIZE:
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
        if media:
            page.emulate_media(**media)
        return page

    def clear(self, origin: str) -> None:
        """Close what is open and forget what it stored."""
        for page in self.context.pages:
            if page is not self._keeper:
                page.close()
        self._cdp.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        self.context.clear_cookies()
        self.context.clear_permissions()
        self.is_free = True


class Contexts:
    """The contexts of a browser: who asks for one while another is in use gets a second, as from another machine."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._lent: dict[str, list[Lent]] = {}

    def lend(self, options: Mapping[str, Any]) -> Lent:
        """Return a context with options, which is in use until it is cleared."""
        lent = self._lent.setdefault(json.dumps(options, sort_keys=True), [])
        found = next((one for one in lent if one.is_free), None)
        if found is None:
            context = self._browser.new_context(viewport=SIZE, **options)
            context.add_init_script(NO_PREVIEWS)
            context.set_default_timeout(TIMEOUT_MS)
            found = Lent(context)
            lent.append(found)
        found.is_free = False
        return found

    def close(self) -> None:
        for lent in self._lent.values():
            for one in lent:
                one.context.close()
