/* The map beside the lists of a run of mobile coverage: classes, gaps, remedies; rows and map mark each other. */

import { createMap, moveTo } from './map/create.js';
import { fetchJson, fetchStyle } from './map/style.js';
import { bindTabs } from './map/tabs.js';
import { wordsOf } from './map/words.js';

const REACH = 5; // pixels around the pointer
const MARKED = {
  gaps: { source: 'coverage-gaps', sourceLayer: 'gaps', layers: ['coverage-gaps'] },
  overview: { source: 'coverage-gaps', sourceLayer: 'gaps', layers: ['coverage-gaps'] },
  evidence: { source: 'evidence', sourceLayer: 'evidence', layers: [] }, // nothing to be led to
  remedies: { source: 'remedies', sourceLayer: 'remedies', layers: ['remedies-pin', 'remedies-mark'] },
};

const root = document.querySelector('[data-radio-map]');
const linkOf = (id) => root.querySelector(`[data-row="${CSS.escape(id)}"]`);

/* What is pointed at, on the map or in the list: one at a time. */
class Mark {
  constructor(map, { source, sourceLayer, layers }) {
    Object.assign(this, { map, source, sourceLayer, layers, id: null });
  }

  set(id) {
    if (id === this.id) return;
    const state = (one, hover) =>
      one !== null &&
      this.map.getSource(this.source) &&
      this.map.setFeatureState({ source: this.source, sourceLayer: this.sourceLayer, id: one }, { hover });
    state(this.id, false);
    state(id, true);
    root.querySelectorAll('tr.marked').forEach((row) => row.classList.remove('marked'));
    if (id !== null) linkOf(String(id))?.closest('tr')?.classList.add('marked');
    this.id = id;
  }

  at({ x, y }) {
    const layers = this.layers.filter((id) => this.map.getLayer(id));
    const box = [
      [x - REACH, y - REACH],
      [x + REACH, y + REACH],
    ];
    const [first] = this.map.queryRenderedFeatures(box, { layers });
    return first ? Number(first.properties.ordinal) : null;
  }
}

function bindRows(mark) {
  root.querySelectorAll('[data-row]').forEach((link) => {
    const row = link.closest('tr');
    const id = Number(link.dataset.row);
    row?.addEventListener('mouseenter', () => mark.set(id));
    row?.addEventListener('mouseleave', () => mark.set(null));
    link.addEventListener('focus', () => mark.set(id));
    link.addEventListener('blur', () => mark.set(null));
  });
}

/* A click leads to the row when it is on this page, otherwise to the page of the gap. */
function open(box, id) {
  const link = linkOf(String(id));
  if (link && box.dataset.kind === 'remedies') {
    link.closest('tr').scrollIntoView({ block: 'center' });
    link.focus();
    return;
  }
  const [path, query] = box.dataset.href.split('?');
  if (box.dataset.kind !== 'remedies') location.assign(`${path}/${id}${query ? `?${query}` : ''}`);
}

function bindMap(map, mark, box) {
  map.on('mousemove', ({ point }) => {
    const id = mark.at(point);
    map.getCanvas().style.cursor = id === null ? '' : 'pointer';
    mark.set(id);
  });
  map.on('mouseout', () => mark.set(null));
  map.on('click', ({ point }) => {
    const id = mark.at(point);
    if (id !== null) open(box, id);
  });
}

function failed(box, t) {
  const said = document.createElement('p');
  said.className = 'map-missing';
  said.textContent = t('no_webgl');
  box.append(said);
}

async function start() {
  const box = root.querySelector('[data-map-canvas]');
  const t = wordsOf(root);
  const [config, style] = await Promise.all([
    fetchJson(box.dataset.config),
    fetchStyle(box.dataset.style, { locale: box.dataset.locale }),
  ]);
  const split = root.querySelector('.map-split');
  const { show } = split.dataset;
  split.dataset.show = 'both';
  const map = await createMap({ container: box, style, config, t, hash: false });
  split.dataset.show = show;
  bindTabs(root, () => map?.resize());
  if (!map) {
    failed(box, t);
    return;
  }
  const mark = new Mark(map, MARKED[box.dataset.kind]);
  bindRows(mark);
  bindMap(map, mark, box);
  map.resize();
  const bounds = JSON.parse(box.dataset.bounds);
  if (bounds) moveTo(map, { bounds: [bounds.slice(0, 2), bounds.slice(2)], maxZoom: 15 });
  root.dataset.ready = 'true';
}

if (root) start().catch((error) => console.warn(error));
