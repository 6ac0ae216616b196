/* The base map an operator may supply: PMTiles (raster or vector), raster tiles, or WMTS written as x/y/z. */

const QUIET = {
  light: { water: '#dfe7ea', road: '#ffffff', edge: '#dde3e6', green: '#eaf0ea' },
  dark: { water: '#0b2027', road: '#223036', edge: '#223036', green: '#131f1b' },
};
const ROADS = /road|transport|street/i;
const WATERS = /water|ocean|lake|river/i;
const GREENS = /park|landuse|landcover|wood/i;

function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = address;
    script.addEventListener('load', resolve);
    script.addEventListener('error', reject);
    document.head.append(script);
  });
}

function vectorLayers(names, theme) {
  const colour = QUIET[theme];
  const layer = (name, type, paint) => ({ id: `base-${name}`, type, source: 'base', 'source-layer': name, paint });
  const width = ['interpolate', ['exponential', 1.5], ['zoom'], 8, 0.6, 14, 2.5, 18, 9];
  return [
    ...names.filter((name) => GREENS.test(name)).map((name) => layer(name, 'fill', { 'fill-color': colour.green })),
    ...names.filter((name) => WATERS.test(name)).map((name) => layer(name, 'fill', { 'fill-color': colour.water })),
    ...names
      .filter((name) => ROADS.test(name) && !/label|name/i.test(name))
      .map((name) =>
        layer(name, 'line', { 'line-color': theme === 'light' ? colour.edge : colour.road, 'line-width': width }),
      ),
  ];
}

async function fromPmtiles(library, script, basemap, theme) {
  if (!window.pmtiles) await loadScript(script);
  const protocol = new window.pmtiles.Protocol();
  library.addProtocol('pmtiles', protocol.tile);
  const address = new URL(basemap.url, location.origin).href;
  const archive = new window.pmtiles.PMTiles(address);
  protocol.add(archive);
  const { tileType } = await archive.getHeader();
  const about = await archive.getMetadata();
  const source = { url: `pmtiles://${address}`, attribution: basemap.attribution || '' };
  if (tileType !== 1) return { source: { ...source, type: 'raster', tileSize: 256 }, layers: [rasterLayer(theme)] };
  const names = (about.vector_layers || []).map(({ id }) => id);
  return { source: { ...source, type: 'vector' }, layers: vectorLayers(names, theme) };
}

function rasterLayer(theme) {
  const dim = theme === 'dark' ? { 'raster-brightness-max': 0.45 } : {};
  return {
    id: 'base-raster',
    type: 'raster',
    source: 'base',
    paint: { 'raster-saturation': -0.9, 'raster-opacity': 0.75, ...dim },
  };
}

/* Puts the operator's base map right above the ground of the style. */
export async function addBasemap(library, style, basemap, script) {
  if (!basemap) return;
  const { theme } = style.metadata.registry;
  const tiles = basemap.url.startsWith('/') ? location.origin + basemap.url : basemap.url;
  const made =
    basemap.type === 'pmtiles'
      ? await fromPmtiles(library, script, basemap, theme)
      : {
          source: { type: 'raster', tiles: [tiles], tileSize: 256, attribution: basemap.attribution || '' },
          layers: [rasterLayer(theme)],
        };
  style.sources.base = made.source;
  style.layers.splice(1, 0, ...made.layers);
}
