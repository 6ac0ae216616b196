/* The words of the page: they come with the page, in a data attribute, in the reader's language. */

export function wordsOf(element) {
  const found = JSON.parse(element.dataset.words || '{}');
  return (key, params = {}) => (found[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => params[name] ?? whole);
}

export function formatter(locale, options = {}) {
  const format = new Intl.NumberFormat(locale === 'en' ? 'en' : 'zh-Hans', options);
  return (value) => format.format(value);
}

/* A length in metres, or a size in square metres, in words. */
export function lengthWords(t, locale, metres) {
  const whole = metres < 1000;
  const number = formatter(locale, { maximumFractionDigits: whole ? 0 : 2 });
  return t(whole ? 'scale_m' : 'scale_km', { n: number(whole ? metres : metres / 1000) });
}

export function sizeWords(t, locale, squareMetres) {
  const whole = squareMetres < 100000;
  const number = formatter(locale, { maximumFractionDigits: whole ? 0 : 2 });
  return t(whole ? 'square_m' : 'square_km', { n: number(whole ? squareMetres : squareMetres / 1e6) });
}
