/* An area in a form: drawing on the map writes the coordinates, typing them draws on the map. */

import { createMap, moveTo } from './create.js';
import { el } from './dom.js';
import { boundsOf, crossesItself, parseCoordinates, polygon, ringArea, writeCoordinates } from './geo.js';
import { Sketch } from './sketch.js';
import { fetchJson, fetchStyle } from './style.js';
import { sizeWords, wordsOf } from './words.js';

function buttons(t, sketch) {
  const make = (word, click) => el('button', { type: 'button', class: 'btn btn-sm btn-outline', click }, t(word));
  return el(
    'div',
    { class: 'buttons' },
    make('add_point', () => sketch.addAtCentre()),
    make('undo', () => sketch.undo()),
    make('clear_drawing', () => sketch.clear()),
  );
}

function publish(field, points) {
  const geojson = points.length > 2 && !crossesItself(points) ? polygon(points) : null;
  const detail = { geojson, area_km2: geojson ? ringArea(points) / 1e6 : 0 };
  field.dispatchEvent(new CustomEvent('area:drawn', { detail, bubbles: true }));
}

function bindText(field, text, sketch, say) {
  let typing = false;
  const fromText = (move) => {
    const { points, bad } = parseCoordinates(text.value);
    if (bad) return;
    typing = true;
    sketch.set(points);
    typing = false;
    if (move && points.length > 2) moveTo(sketch.map, { bounds: boundsOf(polygon(points)) });
  };
  sketch.addEventListener('change', () => {
    if (!typing) text.value = writeCoordinates(sketch.points);
    say(sketch.points);
    publish(field, sketch.points);
  });
  text.addEventListener('change', () => fromText(true));
  fromText(true);
}

export async function startAreaField(field) {
  const t = wordsOf(field);
  const { locale } = field.dataset;
  const box = field.querySelector('[data-area-map]');
  const text = field.querySelector('[data-area-points]');
  const [config, style] = await Promise.all([
    fetchJson(field.dataset.config),
    fetchStyle(field.dataset.style, { locale }),
  ]);
  box.hidden = false;
  const map = await createMap({ container: box, style, config, t, hash: false });
  if (!map) {
    box.hidden = true;
    return;
  }
  const { ink, paper } = style.metadata.registry;
  const sketch = new Sketch(map, ink, paper);
  const size = el('p', { class: 'map-size', role: 'status' });
  box.after(el('p', { class: 'hint' }, t('measure_help')), size, buttons(t, sketch));
  const say = (points) => {
    const crossed = points.length > 3 && crossesItself(points);
    size.textContent = crossed
      ? t('draw_cross')
      : points.length > 2
        ? `${t('area_size')} ${sizeWords(t, locale, ringArea(points))}`
        : '';
  };
  sketch.start(true);
  bindText(field, text, sketch, say);
}
