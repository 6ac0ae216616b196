/* What is on screen, with counts: by kind, and the operators and states that occur. */

import { coverageLines } from './coverage.js';
import { el } from './dom.js';
import { statesInView } from './openings.js';
import { showStacks } from './stacks.js';
import { hueOf, picture } from './symbols.js';
import { formatter } from './words.js';

const LAYERS = ['points', 'shapes-fill', 'cells-fill', 'ducts', 'ducts-planned', 'cables'];

/* Every facility in view once, whatever tiles and layers it is drawn in. */
export function inView(map) {
  const layers = LAYERS.filter((id) => map.getLayer(id));
  const found = new Map();
  for (const feature of map.queryRenderedFeatures({ layers })) {
    if (feature.properties.code) found.set(feature.properties.code, feature);
  }
  return [...found.values()];
}

function countsInView(map) {
  const places = new Map();
  for (const { properties, geometry } of map.querySourceFeatures('assets', { sourceLayer: 'counts' })) {
    if (!map.getBounds().contains(geometry.coordinates)) continue;
    const place = geometry.coordinates.map((value) => value.toFixed(4)).join();
    places.set(`${properties.kind}|${place}`, properties);
  }
  return [...places.values()];
}

function tally(list, keyOf, amountOf = () => 1) {
  const sums = new Map();
  list.forEach((item) => sums.set(keyOf(item), (sums.get(keyOf(item)) || 0) + amountOf(item)));
  return sums;
}

function swatch({ fill, line: stroke }) {
  const box = `<rect x="1" y="1" width="18" height="10" fill="${fill}" stroke="${stroke}" stroke-width="2"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 12">${box}</svg>`;
  return el('img', { class: 'map-swatch', alt: '', src: `data:image/svg+xml,${encodeURIComponent(svg)}` });
}

const line = (mark, label, amount) => el('li', {}, mark, el('span', {}, label), el('span', {}, amount));

function group(title, lines) {
  return lines.length ? [el('p', { class: 'map-legend-head' }, title), el('ul', {}, ...lines)] : [];
}

function operatorLines({ meta, t }, hues, number) {
  const named = meta.operators.map((operator, index) => [String(index), operator.name, operator]);
  const all = [
    ...named,
    ['none', t('operator_unstated'), meta.unstated],
  ];
  return all
    .filter(([key]) => hues.has(key))
    .map(([key, label, colours]) => line(swatch(colours), label, number(hues.get(key))));
}

function caseLines({ map, t }, number) {
  const found = new Set(map.queryRenderedFeatures({ layers: ['cases'] }).map(({ properties }) => properties.code));
  return found.size ? group(t('cases'), [line('◇', t('cases'), number(found.size))]) : [];
}

function openingLines({ map, meta, t, locale }, number) {
  const sums = statesInView(map);
  const lines = meta.states.openings
    .filter(({ key }) => sums.has(key))
    .map(({ key, label }) => line(picture(meta, 'openings', key, 'ink'), label, number(sums.get(key))));
  if (!lines.length) return [];
  const href = `/duties/opening?lang=${locale}`;
  return [...group(t('openings'), lines), el('p', {}, el('a', { href }, t('openings_list')))];
}

/* Draws the legend again from what the map shows now. */
export function drawLegend(page) {
  const { map, meta, t, root } = page;
  const box = root.querySelector('[data-map-legend] > div');
  const number = formatter(page.locale);
  const far = map.getZoom() < 11;
  const seen = far ? [] : inView(map);
  const items = far ? countsInView(map) : seen.map(({ properties }) => properties);
  showStacks(page, seen);
  const kinds = tally(items, ({ kind }) => kind, far ? ({ n }) => n : undefined);
  const kindLines = meta.kinds
    .filter(({ key }) => kinds.has(key))
    .map(({ key, plural }) => line(picture(meta, key, 'in_use', 'ink'), plural, number(kinds.get(key))));
  const parts = group(t('kind'), kindLines);
  if (!far) {
    const states = tally(items, ({ status }) => status || 'in_use');
    const stateLines = meta.statuses
      .filter(({ key }) => states.has(key))
      .map(({ key, label }) => line(picture(meta, 'room', key, 'ink'), label, number(states.get(key))));
    parts.push(
      ...group(t('status'), stateLines),
      ...group(
        t('operator'),
        operatorLines(
          page,
          tally(items, (one) => hueOf(meta, one)),
          number,
        ),
      ),
    );
  }
  if (map.getSource('gaps'))
    parts.push(...group(t('gaps'), [line(swatch({ fill: 'none', line: meta.ink }), t('gaps'), '')]));
  if (map.getSource('cases')) parts.push(...caseLines(page, number));
  parts.unshift(...openingLines(page, number));
  parts.unshift(...coverageLines(page));
  box.replaceChildren(...(parts.length ? parts : [el('p', { class: 'note' }, t('legend_empty'))]));
}
