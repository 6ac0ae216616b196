"use strict";
// Draws the layers of an offline map. Texts only ever become text nodes, never markup.
const registryPlaces = new Map();
let registryClusters = null;

// All layers share one group of clusters, so that their circles do not lie on each other.
function registryGroup() {
  registryClusters ??= L.markerClusterGroup({
    maxClusterRadius: 46,
    disableClusteringAtZoom: 16,
    showCoverageOnHover: false,
    iconCreateFunction: (cluster) => {
      const count = cluster.getChildCount();
      const size = count < 10 ? 26 : count < 100 ? 32 : count < 1000 ? 38 : 46;
      return L.divIcon({ html: String(count), className: "cluster", iconSize: [size, size] });
    },
  });
  return registryClusters;
}

const RegistryLayer = L.Layer.extend({
  initialize(shapes, points, clustered) {
    Object.assign(this, { shapes: L.layerGroup(shapes), points, loose: clustered ? null : L.layerGroup(points) });
  },
  onAdd(map) {
    map.addLayer(this.shapes);
    if (this.loose) map.addLayer(this.loose);
    else registryGroup().addTo(map).addLayers(this.points);
  },
  onRemove(map) {
    map.removeLayer(this.shapes);
    if (this.loose) map.removeLayer(this.loose);
    else registryGroup().removeLayers(this.points);
  },
});

function registryPopup(layer, feature) {
  const [number, , , label, values] = feature;
  const box = document.createElement("div");
  box.className = "facts";
  const title = box.appendChild(document.createElement("strong"));
  title.textContent = label;
  const list = box.appendChild(document.createElement("dl"));
  layer.columns.forEach((column, i) => {
    if (!values[i]) return;
    list.appendChild(document.createElement("dt")).textContent = column;
    list.appendChild(document.createElement("dd")).textContent = values[i];
  });
  const link = box.appendChild(document.createElement("a"));
  link.href = "#f" + number;
  link.textContent = "№ " + number;
  return box;
}

function registryLayer(layer) {
  const icons = layer.symbols.map((symbol) => L.icon({ iconUrl: symbol.icon, iconSize: [22, 22] }));
  const points = [];
  const shapes = [];
  for (const feature of layer.features) {
    const [number, index, geometry, label] = feature;
    const symbol = layer.symbols[index];
    const style = { color: symbol.line, fillColor: symbol.fill, weight: symbol.weight,
                    dashArray: symbol.dash, fillOpacity: symbol.shade, opacity: 0.9,
                    className: symbol.hatched ? "hatched" : "" };
    const drawn = geometry.type === "Point"
      ? L.marker([geometry.coordinates[1], geometry.coordinates[0]], { icon: icons[index], alt: label, title: label })
      : L.geoJSON(geometry, { style });
    drawn.bindPopup(() => registryPopup(layer, feature), { maxWidth: Math.min(320, window.innerWidth - 110) });
    (geometry.type === "Point" ? points : shapes).push(drawn);
    registryPlaces.set(number, drawn);
  }
  return new RegistryLayer(shapes, points, layer.clustered);
}

// A picture of a grid lies above the ground and below every line; its cells stay square when one zooms in.
function registryBackdrop(map, [address, bounds, name]) {
  if (!map.getPane("backdrops")) map.createPane("backdrops").style.zIndex = 260;
  return L.imageOverlay(address, bounds, { pane: "backdrops", opacity: 0.75, alt: name, className: "backdrop" });
}

// Hatching for areas; the script draws it, because Leaflet knows plain fills only.
function registryHatch() {
  const space = "http://www.w3.org/2000/svg";
  const make = (parent, name, attributes) => {
    const made = parent.appendChild(document.createElementNS(space, name));
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const sheet = make(document.body, "svg", { width: 0, height: 0, "aria-hidden": "true", class: "hatch-sheet" });
  const pattern = make(sheet, "pattern", { id: "registry-hatch", width: 7, height: 7,
    patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  make(pattern, "line", { x1: 0, y1: 0, x2: 0, y2: 7, stroke: "#1b2a33", "stroke-width": 1.6 });
}

function registryOutlines(map, outlines) {
  registryHatch();
  map.createPane("outlines").style.zIndex = 250;
  map.createPane("names").style.zIndex = 450;
  for (const [name, geometry] of outlines) {
    const drawn = L.geoJSON(geometry, {
      pane: "outlines", interactive: false,
      style: { color: "#8a949b", weight: 1.2, fillColor: "#f3f5f6", fillOpacity: 1 },
    }).addTo(map);
    if (!name) continue;
    const label = document.createElement("span");
    label.textContent = name;
    L.tooltip({ permanent: true, direction: "center", className: "area-name", pane: "names" })
      .setLatLng(drawn.getBounds().getCenter()).setContent(label).addTo(map);
  }
}

function registryReady(map, bounds) {
  if (bounds) map.fitBounds(bounds, { padding: [18, 18], maxZoom: 16 });
  else map.setView([35, 105], 4);
  document.documentElement.classList.add("scripted");
  document.querySelectorAll("tr[data-n]").forEach((row) => {
    const place = registryPlaces.get(Number(row.dataset.n));
    const name = row.querySelector("th span");
    if (!place || !name) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name.textContent;
    name.replaceWith(button);
    button.addEventListener("click", () => {
      map.getContainer().scrollIntoView({ block: "center" });
      if (place.getBounds) map.fitBounds(place.getBounds(), { maxZoom: 17 });
      else map.setView(place.getLatLng(), 17, { animate: false });
      place.openPopup();
    });
  });
}
