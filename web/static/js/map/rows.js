/* One facility as a row: in the list, in search results, in the chooser. */

import { el, icon } from './dom.js';
import { hueOf, picture } from './symbols.js';

export function precisionWords({ t }, { level, precision_m: metres }) {
  if (!level || level === 'exact') return null;
  return t(level === 'hundred' ? 'level_hundred' : 'level_cell', { m: Math.round(metres) });
}

const labelOf = (list, key) => list.find((item) => item.key === key)?.label ?? key;
export const kindLabel = (meta, kind) => labelOf(meta.kinds, kind);
export const statusLabel = (meta, status) => labelOf(meta.statuses, status);

export function operatorLabel({ meta }, properties) {
  const code = properties.operator_code ?? properties.operator;
  return meta.operators.find((operator) => operator.code === code)?.name ?? properties.operator_name ?? code ?? null;
}

export const nameOf = (page, properties) =>
  properties.label || properties.name || `${kindLabel(page.meta, properties.kind)} ${properties.code}`;

export function symbolOf(meta, properties) {
  return picture(meta, properties.kind, properties.status || 'in_use', hueOf(meta, properties));
}

function link(page, properties, name, choose) {
  const href = properties.href || `${page.listHref}/${encodeURIComponent(properties.code)}`;
  if (!choose) return el('a', { href }, name);
  const click = (event) => {
    event.preventDefault();
    choose();
  };
  return el('a', { href, click }, name);
}

function placeButton({ t, sheet }, name, show) {
  const words = { 'aria-label': `${t('zoom_in')}: ${name}`, title: t('zoom_in') };
  return el('button', { type: 'button', class: 'map-row-show', click: show, ...words }, icon(sheet, 'place'));
}

/* show: what the button with the pin does; choose: what the name does instead of opening the record. */
export function row(page, properties, { show, choose } = {}) {
  const { meta } = page;
  const name = nameOf(page, properties);
  const known = [
    name.includes(properties.code) ? null : properties.code,
    kindLabel(meta, properties.kind),
    properties.status && statusLabel(meta, properties.status),
    operatorLabel(page, properties),
    precisionWords(page, properties),
  ];
  const facts = known.filter(Boolean).map((text) => el('span', {}, text));
  return el(
    'li',
    { class: 'map-row', 'data-code': properties.code },
    symbolOf(meta, properties),
    link(page, properties, name, choose),
    show && placeButton(page, name, show),
    el('div', { class: 'map-row-facts' }, ...facts),
  );
}
