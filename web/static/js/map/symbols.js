/* Symbols drawn when they are first asked for, from the SVG texts of the style document. */

const SIZE = 26;

function colours(meta, hue) {
  if (hue === 'ink') return { fill: meta.ink, line: meta.ink };
  return meta.operators[Number(hue)] || meta.unstated;
}

/* SVG text of "kind|status|hue". */
export function svgText(meta, name) {
  const [kind, status, hue] = name.split('|');
  const template = meta.svg[kind]?.[status];
  if (!template) return null;
  const { fill, line } = colours(meta, hue === 'none' ? NaN : hue);
  return template.replaceAll('{fill}', fill).replaceAll('{line}', line);
}

export function hueOf(meta, properties) {
  const wanted = properties.operator_code ?? properties.operator;
  const index = meta.operators.findIndex(({ code }) => code === wanted);
  return index < 0 ? 'none' : String(index);
}

/* An <img> of the symbol, for lists and legends. */
export function picture(meta, kind, status = 'in_use', hue = 'none') {
  const image = new Image();
  image.className = 'map-symbol';
  image.alt = '';
  const text = svgText(meta, `${kind}|${status}|${hue}`);
  if (text) image.src = dataAddress(text);
  return image;
}

const dataAddress = (text) => `data:image/svg+xml,${encodeURIComponent(text)}`;

async function raster(text, pixels) {
  const image = new Image(pixels, pixels);
  image.src = dataAddress(text.replace(/width="\d+" height="\d+"/, `width="${pixels}" height="${pixels}"`));
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = pixels;
  canvas.height = pixels;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(image, 0, 0, pixels, pixels);
  return context.getImageData(0, 0, pixels, pixels);
}

function hatch(ink) {
  const size = 16;
  const canvas = document.createElement('canvas');
  canvas.width = size;
  canvas.height = size;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.strokeStyle = ink;
  context.globalAlpha = 0.4;
  context.lineWidth = 1.2;
  for (const shift of [-size, 0, size]) {
    context.beginPath();
    context.moveTo(shift, size);
    context.lineTo(shift + size, 0);
    context.stroke();
  }
  return context.getImageData(0, 0, size, size);
}

function caseText(meta) {
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 26 26" width="26" height="26">' +
    `<path d="M13 2L24 13L13 24L2 13Z" fill="${meta.paper}" stroke="${meta.ink}" stroke-width="2.5"/>` +
    `<path d="M13 7.5V14.5M13 17.5V18.5" stroke="${meta.ink}" stroke-width="2.5" stroke-linecap="round"/></svg>`
  );
}

/* Answers the map's question for an image it does not have. */
export function provideImages(map, metaOf) {
  const ratio = Math.max(2, Math.ceil(devicePixelRatio));
  map.setMissingStyleImageResolver(async (id) => {
    const meta = metaOf();
    const text = id === 'case' ? caseText(meta) : svgText(meta, id);
    const data = id === 'hatch' ? hatch(meta.ink) : text && (await raster(text, SIZE * ratio));
    if (data && !map.hasImage(id)) map.addImage(id, data, { pixelRatio: id === 'hatch' ? 1 : ratio });
  });
}
