/* A still map of one place in a page: shown when it comes into view; the facts stand in words beside it. */

import * as maplibregl from 'maplibre-gl';
import { boundsOf } from './geo.js';
import { fetchStyle } from './style.js';
import { provideImages } from './symbols.js';

function ownPlace(box, meta) {
  const geometry = JSON.parse(box.dataset.geojson);
  const source = { type: 'geojson', data: { type: 'Feature', properties: {}, geometry } };
  const ink = meta.ink;
  const layers = [
    { id: 'own-fill', type: 'fill', source: 'own', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': ink, 'fill-opacity': 0.12 } },
    { id: 'own-line', type: 'line', source: 'own', filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': ink, 'line-width': 3 } },
    { id: 'own-ring', type: 'circle', source: 'own', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 20, 'circle-color': ink, 'circle-opacity': 0.12, 'circle-stroke-color': ink, 'circle-stroke-width': 2 } },
  ];
  if (box.dataset.kind) {
    layers.push({ id: 'own-symbol', type: 'symbol', source: 'own', filter: ['!=', ['geometry-type'], 'LineString'], layout: { 'icon-image': `${box.dataset.kind}|${box.dataset.status || 'in_use'}|ink`, 'icon-allow-overlap': true } });
  }
  return { geometry, source, layers };
}

/* How far to look: never closer than the precision of the place. */
function zoomFor(box) {
  const metres = Number(box.dataset.precision) || 0;
  if (metres > 500) return 12.5;
  return metres > 50 ? 14 : 15.5;
}

async function draw(box) {
  const style = await fetchStyle(box.dataset.style, { locale: box.dataset.locale });
  const meta = style.metadata.registry;
  const { geometry, source, layers } = ownPlace(box, meta);
  delete style.sources.assets;
  style.layers = style.layers.filter((layer) => layer.source !== 'assets');
  style.sources.own = source;
  style.layers.push(...layers);
  const [west, south, east, north] = boundsOf(geometry);
  const map = new maplibregl.Map({
    container: box, style, interactive: false, attributionControl: false, fadeDuration: 0,
    bounds: [[west, south], [east, north]], fitBoundsOptions: { padding: 40, maxZoom: zoomFor(box) }, canvasContextAttributes: { preserveDrawingBuffer: true },
  });
  map.getCanvas().tabIndex = -1;
  map.addControl(new maplibregl.ScaleControl({ maxWidth: 80 }), 'bottom-left');
  provideImages(map, () => meta);
}

export function watchSmallMaps(boxes) {
  const seen = new IntersectionObserver((entries) => entries.filter(({ isIntersecting }) => isIntersecting).forEach(({ target }) => {
    seen.unobserve(target);
    draw(target).catch((error) => { console.warn(error); target.hidden = true; });
  }), { rootMargin: '200px' });
  boxes.forEach((box) => seen.observe(box));
}
