import type { Topology, TopologyEdge } from '../../../src/views';

type Points = TopologyEdge['points'];

const MARGIN_PX = 8;
const SHORT_PX = 250;

/** The part of the plane that holds all boxes and lines. */
export function viewBoxOf({ width, height, edges }: Topology): string {
  const ys = edges.flatMap(({ points }) => points.map(([, y]) => y));
  const top = Math.min(0, ...ys.map((y) => y - MARGIN_PX));
  const bottom = Math.max(height, ...ys.map((y) => y + MARGIN_PX));
  return `0 ${top} ${width} ${bottom - top}`;
}

/** A line through points with its corners rounded: straight to the middle of each piece, and curved around each point. */
export function pathOf(points: Points): string {
  if (points.length < 2) return '';
  const [first, ...rest] = points;
  let path = `M${first!.join(' ')}`;
  for (const [index, [x, y]] of rest.entries()) {
    const next = rest[index + 1];
    if (!next) return `${path}L${x} ${y}`;
    const middle = [(x + next[0]) / 2, (y + next[1]) / 2];
    if (index === 0) path += `L${(first![0] + x) / 2} ${(first![1] + y) / 2}`;
    path += `Q${x} ${y} ${middle.join(' ')}`;
  }
  return path;
}

/** Two thirds of the way along, where lines that leave one node have parted; in the middle of short ones, off the boxes. */
export function labelPlace(points: Points): readonly [number, number] {
  const lengths = points
    .slice(1)
    .map(([x, y], index) => Math.hypot(x - points[index]![0], y - points[index]![1]));
  const whole = lengths.reduce((sum, length) => sum + length, 0);
  let left = whole < SHORT_PX ? whole / 2 : (whole * 2) / 3;
  for (const [index, length] of lengths.entries()) {
    if (left <= length && length > 0) {
      const [fromX, fromY] = points[index]!;
      const [toX, toY] = points[index + 1]!;
      return [fromX + ((toX - fromX) * left) / length, fromY + ((toY - fromY) * left) / length];
    }
    left -= length;
  }
  return points.at(-1) ?? [0, 0];
}
