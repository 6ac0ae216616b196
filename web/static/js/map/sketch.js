/* Drawing points on the map by pointer or keyboard; knows nothing of panels. */

import { polygon } from './geo.js';

const EMPTY = { type: 'FeatureCollection', features: [] };
const SOURCE = 'sketch';

function features(points, closed) {
  const list = points.map((point) => ({
    type: 'Feature',
    properties: {},
    geometry: { type: 'Point', coordinates: point },
  }));
  if (points.length > 1)
    list.push({ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: points } });
  if (closed && points.length > 2) list.push({ type: 'Feature', properties: {}, geometry: polygon(points) });
  return { type: 'FeatureCollection', features: list };
}

export class Sketch extends EventTarget {
  constructor(map, ink, paper) {
    super();
    Object.assign(this, { map, ink, paper, points: [], active: false, closed: false });
    map.on('click', (event) => this.active && this.add(event.lngLat.toArray()));
    map.on('dblclick', (event) => {
      if (!this.active) return;
      event.preventDefault();
      this.finish();
    });
    map.on('style.load', () => this.layers());
    map.getCanvas().addEventListener('keydown', (event) => this.key(event));
    this.layers();
  }

  layers() {
    const { map, ink, paper } = this;
    if (map.getSource(SOURCE)) return;
    map.addSource(SOURCE, { type: 'geojson', data: EMPTY });
    map.addLayer({
      id: 'sketch-fill',
      type: 'fill',
      source: SOURCE,
      filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': ink, 'fill-opacity': 0.1 },
    });
    map.addLayer({
      id: 'sketch-line',
      type: 'line',
      source: SOURCE,
      filter: ['!=', ['geometry-type'], 'Point'],
      paint: { 'line-color': ink, 'line-width': 2, 'line-dasharray': [2, 1] },
    });
    map.addLayer({
      id: 'sketch-points',
      type: 'circle',
      source: SOURCE,
      filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-radius': 5, 'circle-color': paper, 'circle-stroke-color': ink, 'circle-stroke-width': 2 },
    });
    this.draw();
  }

  start(closed) {
    Object.assign(this, { active: true, closed, points: [] });
    this.map.getCanvas().style.cursor = 'crosshair';
    this.changed();
  }

  stop() {
    this.active = false;
    this.map.getCanvas().style.cursor = '';
  }

  clear() {
    this.points = [];
    this.changed();
  }

  add(point) {
    const last = this.points.at(-1);
    if (last && last[0] === point[0] && last[1] === point[1]) return;
    this.points = [...this.points, point.map((value) => Number(value.toFixed(7)))];
    this.changed();
  }

  set(points, closed = true) {
    Object.assign(this, { points, closed });
    this.changed();
  }

  addAtCentre() {
    this.add(this.map.getCenter().toArray());
  }

  undo() {
    this.points = this.points.slice(0, -1);
    this.changed();
  }

  finish() {
    if (!this.active) return;
    this.stop();
    this.dispatchEvent(new Event('finish'));
  }

  key(event) {
    if (!this.active || !['Enter', 'Backspace'].includes(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.key === 'Enter') this.addAtCentre();
    else this.undo();
  }

  changed() {
    this.draw();
    this.dispatchEvent(new Event('change'));
  }

  draw() {
    this.map.getSource(SOURCE)?.setData(this.points.length ? features(this.points, this.closed) : EMPTY);
  }
}
