/* The map page: puts the parts together. */

import { bindKeys, createMap, moveTo } from './create.js';
import { Filters } from './filters.js';
import { sizeWords, wordsOf } from './words.js';
import { drawLegend } from './legend.js';
import { List } from './list.js';
import { Panel } from './panel.js';
import { Pointer } from './pointer.js';
import { bindSearch } from './search.js';
import { Sketch } from './sketch.js';
import { Store } from './store.js';
import { bindCoverage, switchCoverage } from './coverage.js';
import { showOpenings, switchOpenings } from './openings.js';
import { fetchJson, fetchStyle, filteredTiles, prefersDark } from './style.js';
import { bindTabs } from './tabs.js';
import { Tools } from './tools.js';
import { ringArea } from './geo.js';

const root = document.querySelector('[data-map-page]');

async function start() {
  const page = {
    root,
    t: wordsOf(root),
    locale: root.dataset.locale,
    store: new Store(),
    sheet: root.dataset.ui,
    listHref: root.dataset.list,
    map: null,
  };
  const options = { locale: page.locale, run: page.store.run, cases: root.dataset.cases, coverage: root.dataset.coverage };
  const [config, style] = await Promise.all([fetchJson(root.dataset.config), fetchStyle(root.dataset.style, options)]);
  Object.assign(page, { config, style, meta: style.metadata.registry, options });
  page.voice = (text) => {
    root.querySelector('[data-map-voice]').textContent = text;
  };
  new Filters(page);
  links(page);
  style.sources.assets.tiles = filteredTiles(style, page.store.params());
  switchOpenings(style, page.store.openings);
  switchCoverage(style, page.store.coverage);
  const container = root.querySelector('[data-map-canvas]');
  const map = await withShownStage(() =>
    createMap({ container, style, config, t: page.t, pmtiles: root.dataset.pmtiles }),
  );
  page.map = map;
  if (map) live(page);
  else listOnly(page, container);
}

/* MapLibre measures its container: on a phone the hidden tab is shown for that moment. */
async function withShownStage(work) {
  const split = root.querySelector('.map-split');
  const before = split.dataset.show;
  split.dataset.show = 'both';
  try {
    return await work();
  } finally {
    split.dataset.show = before;
  }
}

function listOnly(page, container) {
  container.append(
    Object.assign(document.createElement('p'), { className: 'message', textContent: page.t('no_webgl') }),
  );
  bindTabs(root, () => {});
  const list = new List(page, { onHover() {}, onShow() {} });
  page.store.addEventListener('change', () => list.load());
  list.load();
}

function live(page) {
  const { map, store } = page;
  const showTab = bindTabs(root, () => map.resize());
  const sketch = new Sketch(map, page.meta.ink, page.meta.paper);
  let tools;
  const panel = new Panel(page, () => tools?.hide());
  tools = new Tools(page, panel, sketch);
  const show = (properties, centre) => {
    showTab('map');
    if (centre) moveTo(map, { center: centre });
    panel.record(properties);
  };
  const list = new List(page, { onHover: (code) => pointer.mark(code), onShow: show });
  const pointer = new Pointer(map, {
    onHover: (code) => list.mark(code),
    onPick: (found) => pick(page, panel, found),
    onCount: (count, at) => panel.aggregate(count, () => moveTo(map, { center: at, zoom: 12 })),
    onCase: ({ code }) => location.assign(`/cases/${encodeURIComponent(code)}`),
    busy: () => sketch.active,
  });
  bindSearch(page, panel, show);
  root.querySelector('[data-map-legend]').open = matchMedia('(min-width: 48rem)').matches;
  bindTools(page, tools);
  bindOpenings(page);
  bindCoverage(page);
  bindKeys(map, { enter: () => pointer.pickCentre(), leave: () => leave(page) });
  refreshing(page, list);
  store.addEventListener('change', () => limited(page, list, sketch));
}

/* The layer of the ledger: a check box, its state in the address, the legend says what is on screen. */
function bindOpenings({ map, store }) {
  const box = root.querySelector('[data-map-openings]');
  box.checked = store.openings;
  box.addEventListener('change', () => store.showOpenings(box.checked));
  store.addEventListener('layers', () => showOpenings(map, store.openings));
}

function pick(page, panel, found) {
  if (found.length === 0) panel.close();
  else if (found.length === 1) panel.record(found[0]);
  else panel.choose(found);
}

/* Esc: out of the map, to the list beside it. */
function leave(page) {
  page.voice(page.t('leave'));
  const next = root.querySelector('.map-rows a') || root.querySelector('[data-map-list-link]');
  next.focus();
}

/* List and legend follow the map; tiles follow the filters. */
function refreshing(page, list) {
  const { map, store } = page;
  let timer;
  map.on('moveend', () => {
    links(page);
    if (store.area) return;
    clearTimeout(timer);
    timer = setTimeout(() => list.load(), 250);
  });
  map.on('movestart', () => root.removeAttribute('data-still'));
  map.on('idle', () => {
    root.setAttribute('data-still', '');
    drawLegend(page);
  });
  prefersDark.addEventListener('change', async () => {
    const style = await fetchStyle(root.dataset.style, page.options);
    style.sources.assets.tiles = filteredTiles(style, store.params());
    switchOpenings(style, store.openings);
    switchCoverage(style, store.coverage);
    Object.assign(page, { style, meta: style.metadata.registry });
    map.useStyle(style);
  });
  store.addEventListener('change', () => {
    map.getSource('assets').setTiles(filteredTiles(page.style, store.params()));
    links(page);
    list.load();
  });
  list.load();
}

function limited(page, list, sketch) {
  const { area } = page.store;
  if (!area) sketch.clear();
  const parts = area ? (area.type === 'Polygon' ? [area.coordinates] : area.coordinates) : [];
  const size = parts.reduce((sum, [ring]) => sum + ringArea(ring.slice(0, -1)), 0);
  list.showScope(sizeWords(page.t, page.locale, size));
}

function bindTools(page, tools) {
  const { map, t, voice } = page;
  const acts = {
    'zoom-in': () => map.zoomIn(),
    'zoom-out': () => map.zoomOut(),
    measure: () => tools.show('measure'),
    draw: () => tools.show('draw'),
    locate: () =>
      navigator.geolocation?.getCurrentPosition(
        ({ coords }) => {
          moveTo(map, { center: [coords.longitude, coords.latitude], zoom: 15 });
          voice(t('here_you_are', { m: Math.round(coords.accuracy) }));
        },
        () => tools.panel.open(t('here'), { name: 'locate' }, t('locate_denied')),
      ),
  };
  root.querySelectorAll('[data-tool]').forEach((button) =>
    button.addEventListener('click', () => {
      const open = button.getAttribute('aria-expanded') === 'true';
      if (open) tools.panel.close();
      else acts[button.dataset.tool]();
    }),
  );
}

/* The links to the list and to the offline map carry the view and the filters. */
function links(page) {
  const params = page.store.params();
  const box = page.map
    ?.getBounds()
    .toArray()
    .flat()
    .map((value) => value.toFixed(5))
    .join(',');
  const address = (path) => `${path}${params.size ? `?${params}` : ''}`.replaceAll('%2C', ',');
  root.querySelector('[data-map-list-link]').href = address(page.listHref);
  if (box) params.set('bbox', box);
  root.querySelector('[data-map-export]').href = address(root.dataset.export);
}

start().catch((error) => {
  console.error(error);
  root.querySelector('[data-map-count]').textContent = wordsOf(root)('failed');
});
