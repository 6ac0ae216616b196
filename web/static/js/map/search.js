/* The search box of the map: by code or name, anywhere; one match is shown at once, several as a list. */

import { el } from './dom.js';
import { centreOf } from './geo.js';
import { row } from './rows.js';
import { fetchJson } from './style.js';

export function bindSearch(page, panel, show) {
  const form = page.root.querySelector('[data-map-search]');
  const { t } = page;
  const choose = ({ properties, geometry }) => show(properties, geometry && centreOf(geometry));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const q = form.elements.q.value.trim();
    if (!q) return;
    try {
      const { features } = await fetchJson(`${page.root.dataset.assets}?${new URLSearchParams({ q, limit: 20 })}`);
      if (features.length === 1) return choose(features[0]);
      const content = features.length
        ? el(
            'ul',
            { class: 'map-rows' },
            ...features.map((feature) => row(page, feature.properties, { choose: () => choose(feature) })),
          )
        : el('p', {}, t('search_none', { q }));
      panel.open(t('search_results'), { name: 'search' }, content);
    } catch {
      panel.open(t('search_results'), { name: 'search' }, el('p', {}, t('failed')));
    }
    return undefined;
  });
}
