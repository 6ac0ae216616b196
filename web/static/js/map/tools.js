/* Measuring and drawing an area: the panel around a sketch. */

import { el } from './dom.js';
import { boundsOf, crossesItself, parseCoordinates, pathLength, polygon, ringArea, writeCoordinates } from './geo.js';
import { moveTo } from './create.js';
import { fetchJson } from './style.js';
import { lengthWords, sizeWords } from './words.js';

export class Tools {
  constructor(page, panel, sketch) {
    Object.assign(this, { page, panel, sketch });
    this.cross = page.root.querySelector('[data-map-cross]');
    sketch.addEventListener('change', () => this.update());
    sketch.addEventListener('finish', () => this.finished());
  }

  get open() {
    return ['measure', 'draw'].includes(this.panel.box.dataset.name);
  }

  button(word, click, look = 'btn-outline') {
    return el('button', { type: 'button', class: `btn btn-sm ${look}`, click }, this.page.t(word));
  }

  /* What changes while drawing: the figures, a fault, the typed coordinates, what can be done at the end. */
  fields() {
    this.size = el('p', { class: 'map-size', role: 'status' });
    this.fault = el('p', { class: 'field-error', role: 'alert' });
    this.act = el('div', { class: 'buttons' });
    const about = { rows: '4', spellcheck: 'false', 'aria-describedby': 'map-coordinates-hint' };
    this.text = el('textarea', { class: 'form-control', id: 'map-coordinates', ...about });
  }

  /* Both tools: text, figures, buttons, typed coordinates. */
  show(name) {
    const { t } = this.page;
    const closed = name === 'draw';
    this.fields();
    this.panel.open(
      t(name),
      { name },
      el('p', { class: 'hint' }, t(closed ? 'draw_help' : 'measure_help')),
      this.size,
      el(
        'div',
        { class: 'buttons' },
        this.button('add_point', () => this.sketch.addAtCentre()),
        this.button('undo', () => this.sketch.undo()),
        this.button('finish', () => this.sketch.finish()),
        this.button('clear_drawing', () => this.restart(closed)),
      ),
      closed && this.districts(),
      el('label', { for: 'map-coordinates' }, t('coordinates')),
      el('p', { class: 'hint', id: 'map-coordinates-hint' }, t('coordinates_hint')),
      this.text,
      this.fault,
      el(
        'div',
        { class: 'buttons' },
        this.button('apply', () => this.typed(closed)),
      ),
      this.act,
    );
    this.sketch.start(closed);
    this.cross.hidden = false;
    this.page.root.querySelector(`[data-tool="${name}"]`)?.setAttribute('aria-expanded', 'true');
  }

  /* Called when the panel closes, for whatever reason. */
  hide() {
    this.sketch.stop();
    if (this.open || !this.page.store.area) this.sketch.clear();
    this.cross.hidden = true;
    this.page.root
      .querySelectorAll('[data-tool][aria-expanded]')
      .forEach((button) => button.setAttribute('aria-expanded', 'false'));
  }

  restart(closed) {
    this.area = null;
    this.sketch.start(closed);
  }

  districts() {
    const { t, config } = this.page;
    if (!config.districts?.length) return null;
    const options = config.districts.map(({ code, name }) => el('option', { value: code }, name));
    const pick = el(
      'select',
      { class: 'form-select form-select-sm', id: 'map-district', change: (event) => this.district(event.target.value) },
      el('option', { value: '' }, '—'),
      ...options,
    );
    return el('div', {}, el('label', { for: 'map-district' }, t('pick_district')), pick);
  }

  async district(code) {
    if (!code) return;
    try {
      const found = await fetchJson(`/api/v1/areas/${encodeURIComponent(code)}`);
      const { geometry } = found;
      const parts = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
      const largest = parts
        .map(([ring]) => ring)
        .reduce((one, other) => (ringArea(other) > ringArea(one) ? other : one));
      this.sketch.set(largest.slice(0, -1));
      this.area = geometry;
      this.squareMetres = parts.reduce((sum, [ring]) => sum + ringArea(ring.slice(0, -1)), 0);
      this.sketch.finish();
      moveTo(this.page.map, { bounds: boundsOf(geometry) });
    } catch {
      this.fault.textContent = this.page.t('failed');
    }
  }

  typed(closed) {
    const { points, bad } = parseCoordinates(this.text.value);
    this.fault.textContent = bad ? this.page.t('draw_bad', bad) : '';
    if (bad || !points.length) return;
    this.area = null;
    this.sketch.set(points, closed);
    this.sketch.finish();
    moveTo(this.page.map, points.length > 1 ? { bounds: boundsOf(polygon(points)) } : { center: points[0] });
    this.finished();
  }

  update() {
    if (!this.open || !this.size) return;
    const { t, locale } = this.page;
    const { points } = this.sketch;
    const parts = [];
    if (points.length > 1) parts.push(`${t('distance')} ${lengthWords(t, locale, pathLength(points))}`);
    if (points.length > 2) parts.push(`${t('area_size')} ${sizeWords(t, locale, ringArea(points))}`);
    this.size.textContent = parts.join(' · ');
    if (points.length < 80) this.text.value = writeCoordinates(points);
    this.act.replaceChildren();
    this.fault.textContent = '';
  }

  /* An area is complete: offer what can be done with it and tell the page. */
  finished() {
    const { points, closed } = this.sketch;
    if (!closed || points.length < 3) return;
    if (!this.area && crossesItself(points)) {
      this.fault.textContent = this.page.t('draw_cross');
      return;
    }
    const geojson = this.area ?? polygon(points);
    const squareMetres = this.area ? this.squareMetres : ringArea(points);
    const detail = { geojson, area_km2: squareMetres / 1e6 };
    this.page.root.dispatchEvent(new CustomEvent('area:drawn', { detail, bubbles: true }));
    this.words = sizeWords(this.page.t, this.page.locale, squareMetres);
    this.act.replaceChildren(this.button('list_inside', () => this.page.store.limitTo(geojson), 'btn-primary'));
  }
}
