"""Walking the product as a visitor would: every link followed once, every form found with its fields."""

from collections import Counter, deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient


@dataclass
class Form:
    """A form as it stands on a page."""

    page: str
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """Forms of the same address shape and fields count once."""
        return "/".join(
            part if part.isalpha() else "*" for part in self.action.split("?")[0].split("/")
        ), tuple(sorted(self.fields))


class Reader(HTMLParser):
    """Collects links and forms of one page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.links: list[str] = []
        self.forms: list[Any] = []
        self.sources: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links, forms and named fields."""
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a" and "href" in values:
            self.links.append(urljoin(self.page, values["href"]))
        elif tag == "form":
            action = urljoin(self.page, values.get("action") or self.page)
            self.forms.append(Form(self.page, action, values.get("method", "get").lower()))
        elif tag in ("input", "select", "textarea", "button") and self.forms and values.get("name"):
            if values.get("type") == "file":
                self.forms[-1].files.add(values["name"])
            else:
                self.forms[-1].fields.setdefault(values["name"], values.get("value", ""))
        for name in ("src", "href"):
            if tag in ("script", "img", "link") and name in values:
                self.sources.append(values[name])


@dataclass
class Walk:
    """What a walk found."""

    statuses: dict[str, int] = field(default_factory=dict)
    came_from: dict[str, str] = field(default_factory=dict)
    forms: dict[object, Form] = field(default_factory=dict)
    twice: dict[str, list[str]] = field(default_factory=dict)


def shape_of(address: str) -> str:
    """An address with its changing parts blotted out, so that a thousand records count as a few."""
    parts = urlsplit(address)
    path = "/".join(
        part if part.replace("-", "").replace("_", "").replace(".", "").isalpha() else "*"
        for part in parts.path.split("/")
    )
    names = sorted({pair.split("=")[0] for pair in parts.query.split("&") if pair})
    return f"{path}?{','.join(names)}"


def walk(client: FlaskClient, starts: tuple[str, ...] = ("/",), *, most: int = 250, each: int = 3) -> Walk:
    """Follow links inside the product, at most ``each`` of one shape and ``most`` in all."""
    found, waiting = Walk(), deque(starts)
    shapes: dict[Any, int] = {}
    while waiting and len(found.statuses) < most:
        address = waiting.popleft().split("#")[0]
        shape = shape_of(address)
        skip = address in found.statuses or "lang=" in address or "log-out" in address or "logout" in address
        if skip or urlsplit(address).netloc not in ("", "localhost") or shapes.get(shape, 0) >= each:
            continue
        shapes[shape] = shapes.get(shape, 0) + 1
        response = client.get(address)
        found.statuses[address] = response.status_code
        if response.status_code in (301, 302, 303, 308):
            waiting.append(urljoin(address, response.headers["Location"]))
        if response.mimetype != "text/html" or response.status_code != 200:
            response.close()
            continue
        page = Reader(address)
        page.feed(response.get_data(as_text=True))
        found.twice[address] = sorted(name for name, times in Counter(page.ids).items() if times > 1)
        for form in page.forms:
            found.forms.setdefault(form.key, form)
        for link in page.links:
            found.came_from.setdefault(link, address)
            waiting.append(link)
    return found
