/* What lies under the pointer or the centre: hover marks, click opens, several ask. */

const LAYERS = ['openings', 'duties', 'points', 'shapes', 'ducts', 'ducts-planned', 'cables', 'shapes-fill', 'cells-fill'];
const COUNTS = ['counts', 'openings-counts', 'duties-counts'];
const REACH = 6; // pixels around the pointer

export class Pointer {
  constructor(map, { onHover, onPick, onCount, onCase, busy, source = 'assets' }) {
    Object.assign(this, { map, onHover, onPick, onCount, onCase, busy, source, marked: null });
    map.on('mousemove', (event) => this.move(event.point));
    map.on('mouseout', () => this.hover(null));
    map.on('click', (event) => !busy() && this.pick(event.point));
  }

  near(point, layers = LAYERS) {
    const { x, y } = point;
    const box = [
      [x - REACH, y - REACH],
      [x + REACH, y + REACH],
    ];
    return this.map.queryRenderedFeatures(box, { layers: layers.filter((id) => this.map.getLayer(id)) });
  }

  move(point) {
    if (this.busy()) return;
    const [first] = this.near(point, [...LAYERS.slice(0, 7), ...COUNTS, 'cases', ...LAYERS.slice(7)]);
    this.map.getCanvas().style.cursor = first ? 'pointer' : '';
    this.hover(first?.properties.code ?? null);
  }

  hover(code) {
    if (code === this.marked) return;
    this.mark(code);
    this.onHover(code);
  }

  /* Marks a facility on the map, from the list as well. */
  mark(code) {
    const { source } = this;
    const set = (id, hover) =>
      id &&
      this.map.getSource(source) &&
      this.map.setFeatureState({ source, sourceLayer: source, id }, { hover });
    set(this.marked, false);
    set(code, true);
    this.marked = code;
  }

  pick(point) {
    const [filed] = this.near(point, ['cases']);
    if (filed) return this.onCase(filed.properties);
    const [count] = this.near(point, COUNTS);
    if (count) return this.onCount(count.properties, count.geometry.coordinates);
    const found = new Map();
    this.near(point).forEach(({ properties: one }) => found.set(one.code, { ...found.get(one.code), ...one }));
    return this.onPick([...found.values()]);
  }

  pickCentre() {
    const { width, height } = this.map.getCanvas().getBoundingClientRect();
    this.pick({ x: width / 2, y: height / 2 });
  }
}
