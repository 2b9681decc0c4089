import { services, topics } from '@naru/contracts';
import { drawTopology, edgeId } from './topology';

const { nodes, edges, width, height } = drawTopology();
const of = (id: string) => nodes.find((node) => node.id === id)!;

test('every service but the console, and every topic, is drawn inside the page and over no other', () => {
  const shown = Object.keys(services).filter((name) => name !== 'console');
  expect(nodes.map(({ id }) => id).sort()).toEqual([...shown, ...Object.keys(topics)].sort());
  for (const one of nodes) {
    expect(one.x - one.width / 2).toBeGreaterThanOrEqual(0);
    expect(one.y - one.height / 2).toBeGreaterThanOrEqual(0);
    expect(one.x + one.width / 2).toBeLessThanOrEqual(width);
    expect(one.y + one.height / 2).toBeLessThanOrEqual(height);
    for (const other of nodes) {
      if (other === one) continue;
      const isApart =
        Math.abs(one.x - other.x) >= (one.width + other.width) / 2 ||
        Math.abs(one.y - other.y) >= (one.height + other.height) / 2;
      expect(isApart).toBe(true);
    }
  }
});

test('edges lead from who publishes to the topic, and from there to who consumes', () => {
  const found = (id: string) => edges.find((edge) => edge.id === id);
  expect(found(edgeId('order', 'order.saga.v1'))?.kind).toBe('publishes');
  expect(found(edgeId('order.saga.v1', 'payment'))?.kind).toBe('consumes');
  expect(found(edgeId('gateway', 'order'))?.kind).toBe('calls');
  expect(new Set(edges.map(({ id }) => id)).size).toBe(edges.length);
});

test('an edge begins and ends at the boxes that it joins', () => {
  for (const { from, to, points } of edges) {
    const near = (id: string, [x, y]: readonly [number, number]) =>
      Math.abs(x - of(id).x) <= of(id).width / 2 + 1 && Math.abs(y - of(id).y) <= of(id).height / 2 + 1;
    expect(near(from, points[0]!)).toBe(true);
    expect(near(to, points.at(-1)!)).toBe(true);
  }
});
