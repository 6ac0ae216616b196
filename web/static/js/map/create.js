/* The map itself: made from the style, with its controls, keyboard and images. */

import * as maplibregl from 'maplibre-gl';
import { addBasemap } from './basemap.js';
import { lessMotion } from './style.js';
import { provideImages } from './symbols.js';

function localWords(t) {
  return {
    'Map.Title': t('map_label'),
    'AttributionControl.ToggleAttribution': t('expand_attribution'),
    'ScaleControl.Meters': 'm',
    'ScaleControl.Kilometers': 'km',
  };
}

const CHINA = [73, 18, 135, 54];

function canDraw() {
  return Boolean(document.createElement('canvas').getContext('webgl2'));
}

function attribution(config, t) {
  const number = config.basemap?.approval_number;
  return number ? [t('approval', { number })] : [];
}

/* Resolves when the style is loaded; null when the browser cannot draw maps. */
export async function createMap({ container, style, config, t, pmtiles, hash = true }) {
  if (!canDraw()) return null;
  await addBasemap(maplibregl, style, config.basemap, pmtiles).catch((error) => console.warn('base map', error));
  const map = new maplibregl.Map({
    container,
    style,
    hash,
    attributionControl: false,
    locale: localWords(t),
    maxZoom: 20,
    minZoom: 3,
    bounds: config.bounds || CHINA,
    fitBoundsOptions: { padding: 24 },
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: lessMotion.matches ? 0 : 150,
    maxPitch: 0,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibregl.ScaleControl({ maxWidth: 100 }), 'bottom-left');
  if (config.basemap) {
    const custom = { compact: true, customAttribution: attribution(config, t) };
    map.addControl(new maplibregl.AttributionControl(custom), 'bottom-left');
  }
  let meta = style.metadata.registry;
  provideImages(map, () => meta);
  map.useStyle = (next) => {
    meta = next.metadata.registry;
    map.setStyle(next, { diff: false });
  };
  await new Promise((resolve) => {
    map.once('load', resolve);
  });
  return map;
}

/* Moves the map; without an animation when the reader asked for less motion. */
export function moveTo(map, target) {
  const options = { padding: 60, maxZoom: 16, animate: !lessMotion.matches, duration: 600 };
  if (target.bounds) map.fitBounds(target.bounds, options);
  else
    map.easeTo({
      center: target.center,
      zoom: Math.max(target.zoom ?? 15, map.getZoom()),
      animate: options.animate,
      duration: 600,
    });
}

/* Arrows and +/- are MapLibre's own; here Enter at the centre and Esc out of the map. */
export function bindKeys(map, { enter, leave }) {
  const canvas = map.getCanvas();
  canvas.setAttribute('aria-describedby', 'map-keys');
  canvas.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      enter();
    } else if (event.key === 'Escape') {
      leave();
    }
  });
}
