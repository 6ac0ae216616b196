"""One reader with a window of a real browser, who notes what the pages complain about and ask for."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page

AXE = Path(__file__).resolve().parents[2] / "web" / "static" / "vendor" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WATCH = (
    "addEventListener('securitypolicyviolation', e => "
    "console.error(`Content Security Policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`), true);"
)


class Reader:
    """A window on the product."""

    def __init__(
        self, browser: Browser, address: str, width: int = 1440, height: int = 900, *, cookie: str = ""
    ) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
        if cookie:
            self.context.add_cookies([{"name": "session", "value": cookie, "url": address}])
        self.context.add_init_script(WATCH)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._requested(request.url))
        self.address = address

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" or "Content Security Policy" in text:
            self.complaints.append(text)

    def _requested(self, url: str) -> None:
        if not url.startswith((self.address + "/", "data:", "blob:")):
            self.foreign.append(url)

    def visit(self, path: str) -> Page:
        """Open a page of the product."""
        self.page.goto(self.address + path)
        return self.page

    def log_in(self, login: str, password: str) -> Page:
        """Sign in through the form."""
        page = self.visit("/login?lang=en")
        page.fill("[name=login]", login)
        page.fill("[name=password]", password)
        page.click("main form.one-column button[type=submit]")
        page.wait_for_url(re.compile(re.escape(self.address) + r"/(?!login)"))
        return page

    def violations(self) -> list[str]:
        """What axe finds on the page, looked at from its top.

        Where an address leads to a part of the page, the head that stays in place covers half of a link by chance.
        """
        self.page.evaluate("scrollTo(0, 0)")
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text("utf-8"))
        found: list[str] = self.page.evaluate(
            "async rules => (await axe.run(document, {runOnly: rules, resultTypes: ['violations']})).violations"
            ".map(v => `${v.id}: ${v.nodes.map(n => n.target).join(', ')}`)",
            RULES,
        )
        return found

    def too_wide(self) -> list[str]:
        """What stands out of the window to the side, if the page scrolls sideways."""
        found: list[str] = self.page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth ? [] :
            [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
            .slice(0, 5).map(e => `${e.tagName}.${e.className}`)"""
        )
        return found
