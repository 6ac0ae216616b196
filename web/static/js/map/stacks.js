/* Several facilities at one shown place (blurred places share the middle of their cell): how many, beside the symbol. */

const SOURCE = 'stacks';

function layer({ ink, paper }) {
  return {
    id: SOURCE,
    type: 'symbol',
    source: SOURCE,
    layout: {
      'text-field': ['concat', '×', ['to-string', ['get', 'n']]],
      'text-size': 12,
      'text-anchor': 'left',
      'text-offset': [0.9, -0.8],
      'text-allow-overlap': true,
      'text-font': ['Noto Sans SC', 'sans-serif'],
    },
    paint: { 'text-color': ink, 'text-halo-color': paper, 'text-halo-width': 2 },
  };
}

function stacked(features) {
  const places = new Map();
  for (const { geometry } of features.filter((feature) => feature.geometry.type === 'Point')) {
    const key = geometry.coordinates.map((value) => value.toFixed(5)).join();
    const place = places.get(key) || { geometry, n: 0 };
    place.n += 1;
    places.set(key, place);
  }
  return [...places.values()]
    .filter(({ n }) => n > 1)
    .map(({ geometry, n }) => ({ type: 'Feature', geometry, properties: { n } }));
}

export function showStacks({ map, meta }, features) {
  const found = stacked(features);
  const text = JSON.stringify(found);
  if (!map.getSource(SOURCE)) {
    map.addSource(SOURCE, { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
    map.addLayer(layer(meta));
    map.stacksShown = '';
  }
  if (map.stacksShown === text) return; // setting the same data again would make the map redraw without end
  map.stacksShown = text;
  map.getSource(SOURCE).setData({ type: 'FeatureCollection', features: found });
}
