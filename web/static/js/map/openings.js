/* The ledger of opening on the map: on or off, and what of it is on screen. */

const OWN = ['openings-hover', 'openings', 'openings-counts'];
const visibility = (on) => (on ? 'visible' : 'none');

/* In a style that is not yet drawn. */
export function switchOpenings(style, on) {
  style.layers
    .filter(({ id }) => OWN.includes(id))
    .forEach((layer) => {
      layer.layout = { ...layer.layout, visibility: visibility(on) };
    });
}

/* On the map as it stands. */
export function showOpenings(map, on) {
  OWN.forEach((id) => map.setLayoutProperty(id, 'visibility', visibility(on)));
}

/* How many places of each state are on screen, single ones and those behind numbers. */
export function statesInView(map) {
  const sums = new Map();
  if (map.getLayoutProperty('openings', 'visibility') !== 'visible') return sums;
  const add = (state, n) => sums.set(state, (sums.get(state) || 0) + n);
  const codes = new Set();
  for (const { properties } of map.queryRenderedFeatures({ layers: ['openings'] })) {
    if (!codes.has(properties.code)) add(properties.state, 1);
    codes.add(properties.code);
  }
  const places = new Set();
  for (const { properties, geometry } of map.querySourceFeatures('openings', { sourceLayer: 'openings_counts' })) {
    const place = `${properties.state}|${geometry.coordinates.map((value) => value.toFixed(4))}`;
    if (map.getBounds().contains(geometry.coordinates) && !places.has(place)) add(properties.state, properties.n);
    places.add(place);
  }
  return sums;
}
