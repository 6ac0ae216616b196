/* The style document from the server, made ready for this address and these filters. */

export const prefersDark = matchMedia('(prefers-color-scheme: dark)');
export const lessMotion = matchMedia('(prefers-reduced-motion: reduce)');

export async function fetchJson(address, options = {}) {
  const answer = await fetch(address, { headers: { Accept: 'application/geo+json, application/json' }, ...options });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

export async function fetchStyle(address, { locale, run, cases, only, coverage } = {}) {
  const query = new URLSearchParams({ lang: locale, theme: prefersDark.matches ? 'dark' : 'light' });
  if (run) query.set('run', run);
  if (cases) query.set('cases', '1');
  if (only) query.set('only', only);
  if (coverage) query.set('coverage', coverage);
  const style = await fetchJson(`${address}${address.includes('?') ? '&' : '?'}${query}`);
  for (const source of Object.values(style.sources)) {
    source.tiles = source.tiles?.map(whole);
  }
  return style;
}

/* Tile addresses keep their {z}/{x}/{y}, which URL would escape. */
const whole = (tile) => (tile.startsWith('/') ? location.origin + tile : tile);

/* The address of asset tiles with the filters of the page. */
export function filteredTiles(style, params) {
  const [plain] = style.sources.assets.tiles[0].split('?');
  const wanted = new URLSearchParams(params);
  wanted.delete('q');
  const text = wanted.toString();
  return [text ? `${plain}?${text}` : plain];
}
