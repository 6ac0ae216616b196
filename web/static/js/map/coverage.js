/* Mobile coverage on the map: classes and gaps of the newest public run, on or off, and their legend. */

import { el } from './dom.js';

const OWN = ['coverage-classes', 'coverage-gaps', 'coverage-gaps-under', 'coverage-gaps-line'];
const visibility = (on) => (on ? 'visible' : 'none');

/* In a style that is not yet drawn. */
export function switchCoverage(style, on) {
  style.layers
    .filter(({ id }) => OWN.includes(id))
    .forEach((layer) => {
      layer.layout = { ...layer.layout, visibility: visibility(on) };
    });
}

/* A check box, its state in the address. */
export function bindCoverage({ root, map, store }) {
  const box = root.querySelector('[data-map-coverage]');
  if (!box) return;
  box.checked = store.coverage;
  box.addEventListener('change', () => {
    store.showCoverage(box.checked);
    OWN.filter((id) => map.getLayer(id)).forEach((id) =>
      map.setLayoutProperty(id, 'visibility', visibility(store.coverage)),
    );
  });
}

/* The classes as they are drawn, with their words: never the colour alone. */
export function coverageLines({ meta, store }) {
  if (!store.coverage || !meta.coverage) return [];
  const lines = meta.coverage.classes.map(({ key, label }) =>
    el('li', {}, el('span', { class: `class-swatch class-${key}` }), el('span', {}, label)),
  );
  const gap = el('li', {}, el('span', { class: 'class-swatch class-gap' }), el('span', {}, meta.coverage.gap));
  const link = el('a', { href: meta.coverage.href }, meta.coverage.open);
  return [el('p', { class: 'map-legend-head' }, meta.coverage.title), el('ul', {}, ...lines, gap), el('p', {}, link)];
}
