/* A still map of one place in a page: shown when it comes into view; the facts stand in words beside it. */

import * as maplibregl from 'maplibre-gl';
import { boundsOf } from './geo.js';
import { fetchStyle } from './style.js';
import { provideImages } from './symbols.js';

const is = (type) => ['==', ['geometry-type'], type];
const not = (type) => ['!=', ['geometry-type'], type];

/* Many points are small dots, one is a ring wide enough to be found. */
function ownLayers({ ink }, { kind, status }, many) {
  const layer = (type, filter, paint, layout = {}) => ({
    id: `own-${type}`,
    type,
    source: 'own',
    filter,
    paint,
    layout,
  });
  const ring = { 'circle-stroke-color': ink, 'circle-stroke-width': 2 };
  const dot = { 'circle-radius': 4, 'circle-color': ink, 'circle-opacity': 0.5 };
  const image = { 'icon-image': `${kind}|${status || 'in_use'}|ink`, 'icon-allow-overlap': true };
  return [
    layer('fill', is('Polygon'), { 'fill-color': ink, 'fill-opacity': 0.12 }),
    layer('line', not('Point'), { 'line-color': ink, 'line-width': 3 }),
    layer('circle', is('Point'), many ? dot : { 'circle-radius': 20, 'circle-color': ink, 'circle-opacity': 0.12, ...ring }),
    ...(kind ? [layer('symbol', not('LineString'), {}, image)] : []),
  ];
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
  const geometry = JSON.parse(box.dataset.geojson);
  delete style.sources.assets;
  style.layers = style.layers.filter((layer) => layer.source !== 'assets');
  style.sources.own = { type: 'geojson', data: { type: 'Feature', properties: {}, geometry } };
  style.layers.push(...ownLayers(meta, box.dataset, geometry.type === 'MultiPoint'));
  const [west, south, east, north] = boundsOf(geometry);
  const map = new maplibregl.Map({
    container: box,
    style,
    interactive: false,
    attributionControl: false,
    fadeDuration: 0,
    bounds: [
      [west, south],
      [east, north],
    ],
    fitBoundsOptions: { padding: 40, maxZoom: zoomFor(box) },
    canvasContextAttributes: { preserveDrawingBuffer: true },
  });
  map.getCanvas().tabIndex = -1;
  map.addControl(new maplibregl.ScaleControl({ maxWidth: 80 }), 'bottom-left');
  provideImages(map, () => meta);
}

export function watchSmallMaps(boxes) {
  const seen = new IntersectionObserver(
    (entries) =>
      entries
        .filter(({ isIntersecting }) => isIntersecting)
        .forEach(({ target }) => {
          seen.unobserve(target);
          draw(target).catch((error) => {
            console.warn(error);
            target.hidden = true;
          });
        }),
    { rootMargin: '200px' },
  );
  boxes.forEach((box) => seen.observe(box));
}
