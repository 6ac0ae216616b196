/* The map beside a list: the same filters, rows and symbols mark each other, a click opens the record. */

import { createMap, moveTo } from './map/create.js';
import { boundsOf } from './map/geo.js';
import { Pointer } from './map/pointer.js';
import { Store } from './map/store.js';
import { fetchJson, fetchStyle, filteredTiles } from './map/style.js';
import { bindTabs } from './map/tabs.js';
import { wordsOf } from './map/words.js';

const root = document.querySelector('[data-list-map]');

const rowOf = (code) => root.querySelector(`[data-row="${CSS.escape(code)}"]`)?.closest('tr');

function markRow(code) {
  root.querySelectorAll('tr.marked').forEach((row) => row.classList.remove('marked'));
  if (code) rowOf(code)?.classList.add('marked');
}

function bindRows(pointer) {
  root.querySelectorAll('[data-row]').forEach((link) => {
    const row = link.closest('tr');
    const mark = (code) => () => pointer.mark(code);
    row.addEventListener('mouseenter', mark(link.dataset.row));
    row.addEventListener('mouseleave', mark(null));
    link.addEventListener('focus', mark(link.dataset.row));
    link.addEventListener('blur', mark(null));
  });
}

/* What the list shows lies inside the map when it opens; a layer of states names the box of all its rows. */
function extent(box) {
  if (box.dataset.layer) {
    const found = JSON.parse(box.dataset.bounds);
    return found && [found.slice(0, 2), found.slice(2)];
  }
  const geometries = JSON.parse(box.dataset.shown);
  return geometries.length ? boundsOf({ coordinates: geometries.map((one) => one.coordinates) }) : null;
}

/* Tiles take the filters of the list; its order and page mean nothing to them. */
function filtered(tile, query) {
  const wanted = new URLSearchParams(query);
  ['sort', 'page', 'lang'].forEach((name) => wanted.delete(name));
  return wanted.size ? `${tile}?${wanted}` : tile;
}

async function start() {
  const box = root.querySelector('[data-map-canvas]');
  const t = wordsOf(root);
  const { layer = 'assets', query } = box.dataset;
  const [config, style] = await Promise.all([
    fetchJson(box.dataset.config),
    fetchStyle(box.dataset.style, { locale: box.dataset.locale, only: box.dataset.layer }),
  ]);
  if (box.dataset.layer) style.sources[layer].tiles = style.sources[layer].tiles.map((tile) => filtered(tile, query));
  else style.sources.assets.tiles = filteredTiles(style, new Store().params());
  const split = root.querySelector('.map-split');
  const shown = split.dataset.show;
  split.dataset.show = 'both';
  const map = await createMap({ container: box, style, config, t, hash: false });
  split.dataset.show = shown;
  if (!map) return;
  bindTabs(root, () => map.resize());
  const pointer = new Pointer(map, {
    source: layer,
    busy: () => false,
    onHover: markRow,
    onPick: ([first]) => first && location.assign(`/assets/${first.code}`),
    onCount: (_, center) => moveTo(map, { center, zoom: map.getZoom() + 2 }),
    onCase: () => {},
  });
  bindRows(pointer);
  map.resize();
  const bounds = extent(box);
  if (bounds) moveTo(map, { bounds, maxZoom: 15 });
}

if (root) start().catch((error) => console.warn(error));
