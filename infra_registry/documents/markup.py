"""Text and images as HTML that needs no request."""

import base64
import html
from functools import cache
from pathlib import Path


def markup(text: str) -> str:
    """Text as HTML. Braces too, because branca reads what it is given as a template."""
    return html.escape(text).replace("{", "&#123;")


def data_uri(content: bytes, name: Path) -> str:
    """Bytes of an image as an address that needs no request."""
    kind = {".png": "image/png", ".svg": "image/svg+xml", ".gif": "image/gif"}[name.suffix]
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


@cache
def svg_uri(svg: str) -> str:
    """An SVG document as an address that needs no request."""
    return data_uri(svg.encode("utf-8"), Path("symbol.svg"))
