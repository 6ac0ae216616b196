/* List and map as two tabs on a phone. */

export function bindTabs(root, onShow) {
  const split = root.querySelector('.map-split');
  const tabs = [...root.querySelectorAll('[role="tab"]')];
  const choose = (tab, focus) => {
    tabs.forEach((one) => {
      one.setAttribute('aria-selected', String(one === tab));
      one.tabIndex = one === tab ? 0 : -1;
    });
    split.dataset.show = tab.id === 'tab-map' ? 'map' : 'list';
    if (focus) tab.focus();
    onShow(split.dataset.show);
  };
  tabs.forEach((tab, index) => {
    tab.addEventListener('click', () => choose(tab));
    tab.addEventListener('keydown', (event) => {
      if (['ArrowLeft', 'ArrowRight'].includes(event.key)) choose(tabs[(index + 1) % tabs.length], true);
    });
  });
  return (name) => choose(tabs.find(({ id }) => id === `tab-${name}`));
}
