// Places the houses around the post office, in as many rings as needed, and as large as there is space for.

const LARGEST = 84; // pixels of a house's width
const SMALLEST = 13;

/** @typedef {{x: number, y: number}} Spot */
/** @typedef {{size: number, spots: Spot[], office: Spot & {size: number}, trees: (Spot & {size: number})[]}} Plan */

/**
 * @param {number} houses how many
 * @param {number} width of the stage
 * @param {number} height
 * @returns {Plan}
 */
export function plan(houses, width, height) {
  const office = { x: width / 2, y: height / 2, size: Math.max(70, Math.min(width, height) * (houses > 40 ? 0.18 : 0.26)) };
  let size = Math.round(Math.min(LARGEST, Math.min(width, height) * 0.17));
  let rings = ringsFor(size, width, height, office.size);
  while (size > SMALLEST && places(rings) < houses) {
    size -= 1;
    rings = ringsFor(size, width, height, office.size);
  }
  const needed = rings.findIndex((_, index) => places(rings.slice(0, index + 1)) >= houses);
  const spots = spread(houses, needed < 0 ? rings : rings.slice(0, needed + 1), office);
  return { size, spots, office, trees: houses > 40 ? [] : plant(width, height, size, spots, office) };
}

/** @typedef {{rx: number, ry: number, places: number}} Ring */

/**
 * Rings from the outermost inwards, as far as the post office leaves space.
 *
 * @param {number} size @param {number} width @param {number} height @param {number} office
 * @returns {Ring[]}
 */
function ringsFor(size, width, height, office) {
  const rings = [];
  const cell = size * 1.5 + 8; // a house with its name and space around it
  let rx = width / 2 - cell * 0.6;
  let ry = height / 2 - cell * 0.6;
  while (Math.min(rx, ry) > office * 0.62 + size * 0.6 || rings.length === 0) {
    const round = Math.PI * (3 * (rx + ry) - Math.sqrt((3 * rx + ry) * (rx + 3 * ry))); // the circumference, by Ramanujan's approximation
    rings.push({ rx, ry, places: Math.max(1, Math.floor(round / cell)) });
    rx -= cell;
    ry -= cell;
  }
  return rings;
}

/**
 * Trees: never on a road or close to a house, and always at the same places.
 *
 * @param {number} width @param {number} height @param {number} size @param {Spot[]} spots @param {Spot & {size: number}} office
 * @returns {(Spot & {size: number})[]}
 */
function plant(width, height, size, spots, office) {
  const trees = [];
  for (let number = 1; number < 90 && trees.length < 26; number += 1) {
    const tree = {
      x: 14 + (width - 28) * ((number * 0.7548776662) % 1), // evenly spread, without a visible pattern
      y: 14 + (height - 28) * ((number * 0.5698402909) % 1),
      size: 13 + ((number * 7) % 12),
    };
    const free =
      Math.hypot((tree.x - office.x) / 1.35, tree.y - office.y - office.size * 0.2) > office.size * 0.95 &&
      spots.every((spot) => Math.hypot(spot.x - tree.x, spot.y - tree.y) > size * 1.05 && fromRoad(tree, spot, office) > tree.size + 6);
    if (free) trees.push(tree);
  }
  return trees.sort((one, other) => one.y - other.y);
}

/** The distance from a place to the road between two others. @param {Spot} place @param {Spot} from @param {Spot} to */
function fromRoad(place, from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const share = ((place.x - from.x) * dx + (place.y - from.y) * dy) / (dx * dx + dy * dy || 1);
  const near = Math.min(1, Math.max(0, share));
  return Math.hypot(place.x - from.x - dx * near, place.y - from.y - dy * near);
}

/** @param {Ring[]} rings */
function places(rings) {
  return rings.reduce((sum, ring) => sum + ring.places, 0);
}

/**
 * Distribute the houses over the rings, in proportion to the places of each, evenly by length and not by angle.
 *
 * @param {number} houses @param {Ring[]} rings @param {Spot} office
 * @returns {Spot[]}
 */
function spread(houses, rings, office) {
  /** @type {Spot[]} */
  const spots = [];
  let left = houses;
  let room = places(rings);
  for (const [index, ring] of rings.entries()) {
    const here = index === rings.length - 1 ? left : Math.min(left, Math.ceil((left * ring.places) / room));
    for (let place = 0; place < here; place += 1) {
      const angle = angleAt((place + (index % 2) / 2) / here, ring);
      spots.push({ x: office.x + ring.rx * Math.cos(angle), y: office.y + ring.ry * Math.sin(angle) });
    }
    left -= here;
    room -= ring.places;
  }
  return spots;
}

/** The angle at a fraction of an ellipse's circumference, starting at the left. @param {number} share @param {Ring} ring */
function angleAt(share, { rx, ry }) {
  const parts = 180;
  let whole = 0;
  const lengths = [];
  for (let part = 0; part < parts; part += 1) {
    const angle = ((part + 0.5) / parts) * 2 * Math.PI;
    whole += Math.hypot(rx * Math.sin(angle), ry * Math.cos(angle));
    lengths.push(whole);
  }
  const found = lengths.findIndex((length) => length >= share * whole);
  return Math.PI + (Math.max(0, found) / parts) * 2 * Math.PI;
}
