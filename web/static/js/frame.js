/* Small comforts of every page. Everything works without them. */

/* Menus close on Esc, on a click elsewhere, and when another opens. */
function bindMenus() {
  const open = () => [...document.querySelectorAll('details[data-menu][open]')];
  document.addEventListener('click', (event) => {
    open()
      .filter((menu) => !menu.contains(event.target))
      .forEach((menu) => {
        menu.open = false;
      });
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    open().forEach((menu) => {
      menu.open = false;
      if (menu.contains(document.activeElement)) menu.querySelector('summary').focus();
    });
  });
}

/* Arrow keys go from row to row; Enter follows the link that has the focus. */
function bindRows() {
  document.addEventListener('keydown', (event) => {
    if (!['ArrowDown', 'ArrowUp'].includes(event.key)) return;
    const row = event.target.closest?.('table[data-rows] tbody tr, .map-row');
    if (!row || event.target.matches('input, select, textarea')) return;
    const next = event.key === 'ArrowDown' ? row.nextElementSibling : row.previousElementSibling;
    const link = next?.querySelector('a, button');
    if (!link) return;
    event.preventDefault();
    link.focus();
  });
}

function bindErrors() {
  document.querySelector('[data-error-summary]')?.focus();
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('[data-error-summary] a');
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.scrollIntoView({ block: 'center' });
  });
}

function bindCounters() {
  document.querySelectorAll('textarea[data-counter]').forEach((area) => {
    const line = area.parentElement.querySelector('.counter');
    const show = () => {
      line.textContent = area.dataset.counter.replace('{n}', area.maxLength - area.value.length);
    };
    area.addEventListener('input', show);
    show();
  });
}

/* htmx sends the form token as a header. */
function bindToken() {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  document.addEventListener('htmx:config:request', (event) => {
    const headers = event.detail?.ctx?.request?.headers;
    if (headers && token) headers['X-CSRF-Token'] = token;
  });
}

function needStyles(...addresses) {
  return Promise.all(
    addresses
      .filter((address) => !document.querySelector(`link[href="${address}"]`))
      .map(
        (address) =>
          new Promise((resolve) => {
            const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: address });
            link.addEventListener('load', resolve);
            link.addEventListener('error', resolve);
            document.head.append(link);
          }),
      ),
  );
}

async function bindMaps() {
  const small = document.querySelectorAll('[data-small-map]');
  const fields = document.querySelectorAll('[data-area-field]');
  if (!small.length && !fields.length) return;
  await needStyles(document.body.dataset.maplibreCss, document.body.dataset.mapCss);
  if (small.length) (await import('./map/small.js')).watchSmallMaps(small);
  if (fields.length) {
    const { startAreaField } = await import('./map/area-field.js');
    fields.forEach((field) => startAreaField(field).catch((error) => console.warn(error)));
  }
}

document.addEventListener('click', (event) => {
  if (event.target.closest?.('[data-print]')) window.print();
});
bindMenus();
bindRows();
bindErrors();
bindCounters();
bindToken();
bindMaps();
