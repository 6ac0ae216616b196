/* The panel on the map: one record, a choice between several, search results, or a tool. */

import { el, facts, icon } from './dom.js';
import { kindLabel, nameOf, operatorLabel, precisionWords, row, statusLabel, symbolOf } from './rows.js';
import { fetchJson } from './style.js';
import { formatter } from './words.js';

export class Panel {
  constructor(page, onClose) {
    Object.assign(this, { page, onClose });
    this.box = page.root.querySelector('[data-map-panel]');
    this.box.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
    });
  }

  /* Fills the panel; the focus comes to its heading and goes back to where it was on closing. */
  open(title, { symbol = null, focus = true, name = '' } = {}, ...content) {
    const inside = this.box.contains(document.activeElement); // replacing what has the focus would lose it
    if (this.box.hidden) this.before = document.activeElement;
    else this.onClose?.();
    const heading = el('h2', { tabindex: '-1' }, symbol, el('span', {}, title));
    const shut = el(
      'button',
      { type: 'button', class: 'map-close', 'aria-label': this.page.t('close'), click: () => this.close() },
      icon(this.page.sheet, 'close'),
    );
    this.box.replaceChildren(el('div', { class: 'map-panel-head' }, heading, shut), ...content.filter(Boolean));
    this.box.hidden = false;
    this.box.dataset.name = name;
    if (focus || inside) heading.focus();
  }

  close() {
    if (this.box.hidden) return;
    this.box.hidden = true;
    this.box.dataset.name = '';
    this.onClose?.();
    const back = this.before?.isConnected ? this.before : this.page.map?.getCanvas();
    back?.focus();
  }

  /* A record: at once from what the tile said, then completed by the API. */
  async record(properties) {
    this.showRecord(properties, true);
    const mine = properties.code;
    this.current = mine;
    try {
      const full = await fetchJson(`${this.page.root.dataset.assets}/${encodeURIComponent(mine)}`);
      if (this.current === mine && !this.box.hidden)
        this.showRecord({ ...properties, ...definite(full.properties ?? full) }, false);
    } catch (error) {
      console.warn(error);
    }
  }

  showRecord(properties, focus) {
    const { page } = this;
    const { t, meta } = page;
    const href = properties.href || `${page.listHref}/${encodeURIComponent(properties.code)}`;
    const precision = precisionWords(page, properties) ?? t('precision_exact');
    this.open(
      nameOf(page, properties),
      { symbol: symbolOf(meta, properties), focus, name: 'record' },
      facts([
        [t('code'), properties.code],
        [t('kind'), kindLabel(meta, properties.kind)],
        [t('status'), properties.status && statusLabel(meta, properties.status)],
        [t('operator'), operatorLabel(page, properties)],
        [t('opening_state'), meta.states.openings.find(({ key }) => key === properties.state)?.label],
        [t('precision'), precision],
      ]),
      el('a', { class: 'btn btn-sm btn-primary', href }, t('open_record')),
    );
  }

  choose(list) {
    const { t } = this.page;
    const items = list.map((properties) => row(this.page, properties, { choose: () => this.record(properties) }));
    this.open(t('chooser', { n: list.length }), { name: 'chooser' }, el('ul', { class: 'map-rows' }, ...items));
  }

  aggregate({ kind, n }, zoomIn) {
    const { t, meta, locale } = this.page;
    const text = t('aggregate', { kind: kindLabel(meta, kind), n: formatter(locale)(n) });
    this.open(
      kindLabel(meta, kind),
      { name: 'aggregate' },
      el('p', {}, text),
      el('button', { type: 'button', class: 'btn btn-sm btn-primary', click: zoomIn }, t('zoom_in')),
    );
  }
}

function definite(properties) {
  const keep = [
    'code',
    'kind',
    'status',
    'name',
    'label',
    'href',
    'operator',
    'operator_code',
    'operator_name',
    'level',
    'precision_m',
  ];
  return Object.fromEntries(
    keep
      .filter((key) => properties[key] != null && typeof properties[key] !== 'object')
      .map((key) => [key, properties[key]]),
  );
}
