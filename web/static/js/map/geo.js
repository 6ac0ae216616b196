/* Distances and areas on the sphere, and reading coordinates that people type. */

const RADIUS = 6371008.8;
const rad = (degrees) => (degrees * Math.PI) / 180;

export function distance([lon1, lat1], [lon2, lat2]) {
  const a =
    Math.sin(rad(lat2 - lat1) / 2) ** 2 +
    Math.cos(rad(lat1)) * Math.cos(rad(lat2)) * Math.sin(rad(lon2 - lon1) / 2) ** 2;
  return 2 * RADIUS * Math.asin(Math.min(1, Math.sqrt(a)));
}

export function pathLength(points) {
  return points.slice(1).reduce((sum, point, index) => sum + distance(points[index], point), 0);
}

/* Square metres of the ring through the points; the ring closes itself. */
export function ringArea(points) {
  if (points.length < 3) return 0;
  const sum = points.reduce((total, [lon, lat], index) => {
    const [lon2, lat2] = points[(index + 1) % points.length];
    return total + rad(lon2 - lon) * (2 + Math.sin(rad(lat)) + Math.sin(rad(lat2)));
  }, 0);
  return Math.abs((sum * RADIUS * RADIUS) / 2);
}

const turn = ([ax, ay], [bx, by], [cx, cy]) => Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));

function cross(a, b, c, d) {
  return turn(a, b, c) !== turn(a, b, d) && turn(c, d, a) !== turn(c, d, b);
}

/* True when two edges of the ring that do not touch by rights cross each other. */
export function crossesItself(points) {
  const n = points.length;
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 2; j < n; j += 1) {
      if (i === 0 && j === n - 1) continue;
      if (cross(points[i], points[i + 1], points[j], points[(j + 1) % n])) return true;
    }
  }
  return false;
}

/* "longitude,latitude" a line → {points, bad}; bad names the first line that is no coordinate. */
export function parseCoordinates(text) {
  const points = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (!line) continue;
    const parts = line
      .replaceAll('，', ',')
      .split(/[,\s]+/)
      .map(Number);
    const fits = parts.length === 2 && Math.abs(parts[0]) <= 180 && Math.abs(parts[1]) <= 90;
    if (!fits) return { points, bad: { line: index + 1, text: line.slice(0, 40) } };
    points.push(parts);
  }
  const last = points.length - 1;
  if (last > 2 && points[0].join() === points[last].join()) points.pop();
  return { points, bad: null };
}

export const writeCoordinates = (points) => points.map(([x, y]) => `${x.toFixed(6)},${y.toFixed(6)}`).join('\n');

export const polygon = (points) => ({ type: 'Polygon', coordinates: [[...points, points[0]]] });

export function boundsOf(geometry) {
  const box = [180, 90, -180, -90];
  const visit = (part) => {
    if (typeof part[0] !== 'number') return part.forEach(visit);
    box[0] = Math.min(box[0], part[0]);
    box[1] = Math.min(box[1], part[1]);
    box[2] = Math.max(box[2], part[0]);
    box[3] = Math.max(box[3], part[1]);
    return undefined;
  };
  visit(geometry.coordinates);
  return box;
}

export const centreOf = (geometry) => {
  const [west, south, east, north] = boundsOf(geometry);
  return [(west + east) / 2, (south + north) / 2];
};

function insideRing([x, y], ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [xi, yi] = ring[i];
    const [xj, yj] = ring[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/* Whether a point lies in a Polygon or MultiPolygon. */
export function contains(area, point) {
  const parts = area.type === 'Polygon' ? [area.coordinates] : area.coordinates;
  return parts.some(([outer, ...holes]) => insideRing(point, outer) && !holes.some((hole) => insideRing(point, hole)));
}

function vertices(coordinates) {
  return typeof coordinates[0] === 'number' ? [coordinates] : coordinates.flatMap(vertices);
}

/* Whether any corner of a geometry lies in the area, or its middle does. */
export function touches(area, geometry) {
  return vertices(geometry.coordinates).some((point) => contains(area, point)) || contains(area, centreOf(geometry));
}
