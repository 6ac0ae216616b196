"""QR codes, drawn into the page: no other host, no style, no script."""

import segno


def drawn(text: str) -> str:
    """A QR code of the text as SVG."""
    code = segno.make(text, error="m", micro=False)
    return code.svg_inline(scale=4, border=4, omitsize=True, svgclass="qr", lineclass=None, title=None)
