"""folium without a network: its libraries are written into the page, and a page that would load more is an error."""

import re
from functools import cache
from pathlib import Path

import folium
import folium.elements
import folium.plugins
from branca.element import Element, Figure

from infra_registry.documents.markup import data_uri, markup

VENDORED = "vendored:"
# The only libraries a page uses: name in folium → file in the vendor folder.
SCRIPTS = [("leaflet", f"{VENDORED}leaflet/leaflet.js")]
STYLES = [("leaflet_css", f"{VENDORED}leaflet/leaflet.css")]
CLUSTER_SCRIPTS = [("markerclusterjs", f"{VENDORED}leaflet.markercluster/leaflet.markercluster.js")]
CLUSTER_STYLES = [("markerclustercss", f"{VENDORED}leaflet.markercluster/MarkerCluster.css")]

# The browser itself refuses every request of the page, whatever is in it.
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)
_SCRIPT_TAG = re.compile(r'<script src="vendored:([\w./-]+)"></script>')
_STYLE_TAG = re.compile(r'<link rel="stylesheet" href="vendored:([\w./-]+)"\s*/>')
_CSS_URL = re.compile(r"url\(['\"]?([\w./-]+\.(?:png|svg|gif))['\"]?\)")
_OUTSIDE = re.compile(
    r"<(?:script|img|iframe|audio|video|source)[^>]*\ssrc=\"(?!data:)[^\"]*\"|<link\s[^>]*>"
)


class OfflineMap(folium.Map):
    """A folium map that loads Leaflet only; the other libraries folium loads by default are not used."""

    default_js = SCRIPTS
    default_css = STYLES


class OfflineClusters(folium.elements.JSCSSMixin):
    """Loads the cluster library; ``FeatureLayer`` makes the groups."""

    default_js = CLUSTER_SCRIPTS
    default_css = CLUSTER_STYLES


def new_map(title: str) -> OfflineMap:
    """An empty map without tiles, in a page with a title and a policy that forbids every request."""
    document = OfflineMap(
        tiles=None,
        zoomSnap=0.25,  # an area fills the page
        maxZoom=18,  # without tiles nothing else says how far one may zoom
        height="62vh",
        position="relative",
        attributionControl=False,
        control_scale=True,
    )
    document.add_child(OfflineClusters())  # type: ignore[no-untyped-call]
    header = figure(document).header
    header.add_child(Element(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'))
    header.add_child(Element(f"<title>{markup(title)}</title>"))
    return document


def figure(page: OfflineMap) -> Figure:
    """The page around a map."""
    root = page.get_root()
    assert isinstance(root, Figure)
    return root


def self_contained(page: str, vendor: Path) -> str:
    """The page with its libraries inside. Raises ValueError when it would still load something."""
    page = _SCRIPT_TAG.sub(lambda match: f"<script>{_script(vendor / match[1])}</script>", page)
    page = _STYLE_TAG.sub(lambda match: f"<style>{_style(vendor / match[1])}</style>", page)
    left = _OUTSIDE.search(re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.DOTALL))
    if left or VENDORED in page:
        raise ValueError(f"the document would load something from outside: {left[0] if left else VENDORED}")
    return page


@cache
def _script(path: Path) -> str:
    text = re.sub(r"^//# sourceMappingURL=.*$", "", path.read_text("utf-8"), flags=re.MULTILINE)
    return text.replace("</script", "<\\/script")


@cache
def _style(path: Path) -> str:
    def inlined(match: re.Match[str]) -> str:
        return f"url({data_uri((path.parent / match[1]).read_bytes(), path.parent / match[1])})"

    return _CSS_URL.sub(inlined, path.read_text("utf-8")).replace("</style", "<\\/style")
