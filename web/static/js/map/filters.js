/* Filters as menus of check boxes, and the same as removable chips. */

import { el, icon } from './dom.js';
import { picture } from './symbols.js';

function choices(page) {
  const { meta } = page;
  return [
    ['kind', meta.kinds.map(({ key, label }) => [key, label, picture(meta, key, 'in_use', 'ink')])],
    ['status', meta.statuses.map(({ key, label }) => [key, label, picture(meta, 'room', key, 'ink')])],
    [
      'operator',
      meta.operators.map(({ code, name }, index) => [code, name, picture(meta, 'room', 'in_use', String(index))]),
    ],
  ];
}

export class Filters {
  constructor(page) {
    this.page = page;
    this.boxes = page.root.querySelector('[data-map-filters]');
    this.chips = page.root.querySelector('[data-map-chips]');
    this.labels = new Map();
    choices(page)
      .filter(([, options]) => options.length)
      .forEach(([name, options]) => this.menu(name, options));
    page.store.addEventListener('change', () => this.draw());
    this.draw();
  }

  menu(name, options) {
    const { t, store } = this.page;
    const rows = options.map(([value, label, mark]) => {
      this.labels.set(`${name}|${value}`, label);
      const box = el('input', {
        type: 'checkbox',
        name,
        value,
        change: (event) => store.toggle(name, value, event.target.checked),
      });
      return el('label', {}, box, mark, label);
    });
    const body = el('div', { class: 'menu-body', role: 'group', 'aria-label': t(name) }, ...rows);
    this.boxes.append(el('details', { class: 'menu', 'data-menu': true }, el('summary', {}, t(name)), body));
  }

  draw() {
    const { store, t } = this.page;
    this.boxes.querySelectorAll('input').forEach((box) => {
      box.checked = store.filters[box.name].has(box.value);
    });
    const chips = Object.entries(store.filters).flatMap(([name, chosen]) =>
      [...chosen].map((value) =>
        this.chip(t(name), this.labels.get(`${name}|${value}`) ?? value, () => store.toggle(name, value, false)),
      ),
    );
    if (store.q) chips.push(this.chip('', store.q, () => store.search('')));
    if (chips.length)
      chips.push(
        el(
          'li',
          {},
          el('button', { type: 'button', class: 'btn btn-sm btn-quiet', click: () => store.clear() }, t('clear')),
        ),
      );
    this.chips.replaceChildren(...chips);
    this.chips.hidden = chips.length === 0;
  }

  chip(name, label, remove) {
    const { t, sheet } = this.page;
    const button = el(
      'button',
      {
        type: 'button',
        class: 'chip chip-button',
        'aria-label': t('remove', { name: `${name} ${label}`.trim() }),
        click: remove,
      },
      name && el('span', { class: 'chip-name' }, name),
      ' ',
      label,
      icon(sheet, 'close'),
    );
    return el('li', {}, button);
  }
}
