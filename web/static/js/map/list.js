/* The list beside the map: what lies in view (or in a drawn area), under the same filters. */

import { el } from './dom.js';
import { boundsOf, centreOf, touches } from './geo.js';
import { nameOf, row } from './rows.js';
import { fetchJson } from './style.js';
import { formatter } from './words.js';

const PAGE = 50;
const AREA_PAGES = 20; // a drawn area is read to its end, up to this many pages

export class List {
  constructor(page, { onHover, onShow }) {
    Object.assign(this, { page, onHover, onShow });
    const { root } = page;
    this.count = root.querySelector('[data-map-count]');
    this.rows = root.querySelector('[data-map-rows]');
    this.more = root.querySelector('[data-map-more]');
    this.scope = root.querySelector('[data-map-scope]');
    this.number = formatter(page.locale);
    this.features = new Map();
    ['mouseover', 'focusin'].forEach((name) => this.rows.addEventListener(name, (event) => this.hover(event.target)));
    ['mouseleave', 'focusout'].forEach((name) => this.rows.addEventListener(name, () => this.onHover(null)));
  }

  hover(target) {
    this.onHover(target.closest('[data-code]')?.dataset.code ?? null);
  }

  /* Marks the row of a facility that the pointer is on in the map. */
  mark(code) {
    this.rows.querySelectorAll('.marked').forEach((item) => item.classList.remove('marked'));
    if (code) this.rows.querySelector(`[data-code="${CSS.escape(code)}"]`)?.classList.add('marked');
  }

  address(cursor) {
    const { page } = this;
    const { area } = page.store;
    const params = page.store.params();
    const box = area ? boundsOf(area) : page.map && page.map.getBounds().toArray().flat();
    if (box)
      params.set(
        'bbox',
        clamp(box)
          .map((value) => value.toFixed(6))
          .join(','),
      );
    params.set('limit', area ? 200 : PAGE);
    if (cursor) params.set('cursor', cursor);
    return `${page.root.dataset.assets}?${params}`;
  }

  async load() {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    this.rows.setAttribute('aria-busy', 'true');
    const slow = setTimeout(() => {
      this.count.textContent = this.page.t('loading');
    }, 1000);
    try {
      const found = this.page.store.area ? await this.insideArea(asking.signal) : await this.read(null, asking.signal);
      if (!asking.signal.aborted) this.show(found, true);
    } catch (error) {
      if (error.name !== 'AbortError') this.fail();
    } finally {
      clearTimeout(slow);
      this.rows.removeAttribute('aria-busy');
    }
  }

  async read(cursor, signal) {
    const found = await fetchJson(this.address(cursor), { signal });
    return { features: found.features, total: found.numberMatched ?? null, next: cursorOf(found.next) };
  }

  async insideArea(signal) {
    const { area } = this.page.store;
    let [features, next, pages] = [[], null, 0];
    do {
      const found = await this.read(next, signal);
      features = features.concat(found.features.filter(({ geometry }) => geometry && touches(area, geometry)));
      next = found.next;
      pages += 1;
    } while (next && pages < AREA_PAGES);
    return { features, total: features.length, next: null };
  }

  show({ features, total, next }, fresh) {
    const { t } = this.page;
    if (fresh) {
      this.features.clear();
      this.rows.replaceChildren();
    }
    features.forEach((feature) => this.add(feature));
    const shown = this.features.size;
    const all = total ?? shown;
    const text =
      all === 0
        ? t('found_none')
        : all === 1
          ? t('found_one')
          : t(shown < all ? 'found_more' : 'found', { n: this.number(all), shown: this.number(shown) });
    if (this.count.textContent !== text) this.count.textContent = text;
    this.more.replaceChildren();
    if (all === 0) this.more.append(el('p', {}, t('found_none_text')));
    if (next)
      this.more.append(
        el('button', { type: 'button', class: 'btn btn-sm btn-outline', click: () => this.loadMore(next) }, t('more')),
      );
  }

  add(feature) {
    const { properties, geometry } = feature;
    if (!properties.code || this.features.has(properties.code)) return;
    this.features.set(properties.code, feature);
    const show = geometry && (() => this.onShow(properties, centreOf(geometry)));
    this.rows.append(row(this.page, properties, { show: this.page.map && show }));
  }

  async loadMore(cursor) {
    const before = this.features.size;
    try {
      this.show(await this.read(cursor, this.asking.signal), false);
      this.rows.children[before]?.querySelector('a')?.focus();
    } catch (error) {
      if (error.name !== 'AbortError') this.fail();
    }
  }

  fail() {
    const { t } = this.page;
    this.count.textContent = t('failed');
    this.more.replaceChildren(
      el('button', { type: 'button', class: 'btn btn-sm btn-outline', click: () => this.load() }, t('retry')),
    );
  }

  /* The line above the rows that says the list is limited to a drawn area. */
  showScope(words) {
    const { t, store } = this.page;
    this.scope.hidden = !store.area;
    if (!store.area) return;
    const clear = el(
      'button',
      { type: 'button', class: 'btn btn-sm btn-outline', click: () => store.limitTo(null) },
      t('clear_area'),
    );
    this.scope.replaceChildren(`${t('inside_area')} ${words} `, clear);
  }

  nameOf(code) {
    const feature = this.features.get(code);
    return feature ? nameOf(this.page, feature.properties) : code;
  }
}

const clamp = ([west, south, east, north]) => [
  Math.max(-180, west),
  Math.max(-90, south),
  Math.min(180, east),
  Math.min(90, north),
];

/* "next" is a cursor, or an address that carries one. */
function cursorOf(next) {
  if (!next) return null;
  return next.includes('cursor=') ? new URL(next, location.origin).searchParams.get('cursor') : next;
}
