// A table of marbles that push one another: line for line that of table.py, with the same numbers to the last digit.
// Nothing here knows of the page or of the network. Only + - * / and square roots are used.

export const [WIDE, HIGH, RADIUS, STEP] = [640, 400, 14, 1 / 20]; // pixels, pixels, pixels, seconds
const [SLOWER, FASTEST] = [0.985, 500];

export class Table {
  marbles = new Map(); // the player's id -> [x, y, speed to the right, speed downwards]

  put(player) {
    for (let y = 50; y < HIGH; y += 60) {
      for (let x = 50; x < WIDE; x += 60) {
        if ([...this.marbles.values()].every((other) => far([x, y], other) > 3 * RADIUS)) {
          this.marbles.set(player, [x, y, 0, 0]);
          return;
        }
      }
    }
    this.marbles.set(player, [WIDE / 2, HIGH / 2, 0, 0]);
  }

  kick(player, x, y) {
    const marble = this.marbles.get(player);
    marble[2] += 2 * (x - marble[0]);
    marble[3] += 2 * (y - marble[1]);
    const speed = Math.sqrt(marble[2] * marble[2] + marble[3] * marble[3]);
    if (speed > FASTEST) {
      marble[2] *= FASTEST / speed;
      marble[3] *= FASTEST / speed;
    }
  }

  step() {
    const marbles = [...this.marbles.keys()].sort().map((player) => this.marbles.get(player));
    for (const one of marbles) {
      [one[0], one[2]] = bounced(one[0] + one[2] * STEP, one[2] * SLOWER, WIDE);
      [one[1], one[3]] = bounced(one[1] + one[3] * STEP, one[3] * SLOWER, HIGH);
    }
    marbles.forEach((one, place) => marbles.slice(place + 1).forEach((other) => collide(one, other)));
  }
}

function bounced(place, speed, end) {
  if (place < RADIUS) return [2 * RADIUS - place, -speed];
  if (place > end - RADIUS) return [2 * (end - RADIUS) - place, -speed];
  return [place, speed];
}

function far(one, other) {
  return Math.sqrt((one[0] - other[0]) * (one[0] - other[0]) + (one[1] - other[1]) * (one[1] - other[1]));
}

function collide(one, other) {
  const apart = far(one, other);
  if (!(0 < apart && apart < 2 * RADIUS)) return;
  const [x, y] = [(other[0] - one[0]) / apart, (other[1] - one[1]) / apart];
  const nearer = (one[2] - other[2]) * x + (one[3] - other[3]) * y;
  const push = (2 * RADIUS - apart) / 2;
  for (const [marble, sign] of [[one, -1], [other, 1]]) {
    marble[0] += sign * push * x;
    marble[1] += sign * push * y;
    if (nearer > 0) {
      marble[2] += sign * nearer * x;
      marble[3] += sign * nearer * y;
    }
  }
}
