/* What is shown: filters in the address (the same parameters as the list page), the chosen record, a drawn area. */

const FILTERS = ['kind', 'status', 'operator'];

export class Store extends EventTarget {
  constructor() {
    super();
    const query = new URLSearchParams(location.search);
    this.filters = Object.fromEntries(FILTERS.map((name) => [name, new Set(values(query, name))]));
    this.q = query.get('q') || '';
    this.run = query.get('run') || '';
    const layers = values(query, 'layers');
    this.openings = layers.includes('openings');
    this.coverage = layers.includes('coverage');
    this.area = null; // a drawn polygon
  }

  /* One value of one filter on or off. */
  toggle(name, value, on) {
    if (on) this.filters[name].add(value);
    else this.filters[name].delete(value);
    this.changed();
  }

  search(q) {
    this.q = q.trim();
    this.changed();
  }

  clear() {
    FILTERS.forEach((name) => this.filters[name].clear());
    this.q = '';
    this.changed();
  }

  /* The ledger of opening as a layer, on or off; neither list nor tiles of assets change. */
  showOpenings(on) {
    this.openings = on;
    this.remember();
    this.dispatchEvent(new Event('layers'));
  }

  /* Mobile coverage below the assets, on or off. */
  showCoverage(on) {
    this.coverage = on;
    this.remember();
    this.dispatchEvent(new Event('layers'));
  }

  limitTo(area) {
    this.area = area;
    this.dispatchEvent(new Event('change'));
  }

  /* The filters as parameters of tiles, list and export. */
  params() {
    const params = new URLSearchParams();
    FILTERS.forEach((name) => this.filters[name].size && params.set(name, [...this.filters[name]].join(',')));
    if (this.q) params.set('q', this.q);
    return params;
  }

  changed() {
    this.remember();
    this.dispatchEvent(new Event('change'));
  }

  remember() {
    const query = new URLSearchParams(location.search);
    [...FILTERS, 'q'].forEach((name) => query.delete(name));
    this.params().forEach((value, name) => query.set(name, value));
    query.delete('layers');
    const layers = [this.openings && 'openings', this.coverage && 'coverage'].filter(Boolean);
    if (layers.length) query.set('layers', layers.join(','));
    const text = query.toString().replaceAll('%2C', ',');
    history.replaceState(history.state, '', `${location.pathname}${text ? `?${text}` : ''}${location.hash}`);
  }
}

function values(query, name) {
  return query
    .getAll(name)
    .flatMap((value) => value.split(','))
    .filter(Boolean);
}
