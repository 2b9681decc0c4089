import { graphlib, layout } from '@dagrejs/dagre';
import { calls, services, topics, type ServiceName, type TopicDeclaration } from '@naru/contracts';
import type { Topology, TopologyEdge, TopologyNode } from './views';

const SIZES = { service: { width: 132, height: 44 }, topic: { width: 196, height: 36 } } as const;
const MARGIN = 16;

type Drawn = Omit<TopologyNode, 'x' | 'y' | 'width' | 'height'>;
type Line = Omit<TopologyEdge, 'points'>;

/** Services and topics with who publishes, consumes and calls, laid out from left to right. */
export function drawTopology(): Topology {
  const drawn = nodes();
  const lines = edges();
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 56, edgesep: 8, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of drawn) graph.setNode(node.id, { ...SIZES[node.kind] });
  for (const { from, to } of lines) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: drawn.map((node) => {
      const { x, y } = graph.node(node.id);
      return { ...node, ...SIZES[node.kind], x: round(x), y: round(y) };
    }),
    edges: lines.map((line) => {
      const { points = [] } = graph.edge(line.from, line.to);
      return { ...line, points: points.map(({ x, y }) => [round(x), round(y)] as const) };
    }),
  };
}

function nodes(): Drawn[] {
  const shown = (Object.keys(services) as ServiceName[]).filter((name) => !services[name].isOperator);
  return [
    ...shown.map((name): Drawn => ({ id: name, kind: 'service', name })),
    ...Object.entries(topics).map(([name, { partitions }]): Drawn => ({
      id: name,
      kind: 'topic',
      name,
      partitions,
    })),
  ];
}

function edges(): Line[] {
  const ofTopics = Object.entries<TopicDeclaration>(topics).flatMap(([name, { producer, consumers }]) => [
    line(producer, name, 'publishes'),
    ...Object.keys(consumers).map((consumer) => line(name, consumer, 'consumes')),
  ]);
  const ofCalls = Object.entries(calls).flatMap(([caller, callees]) =>
    callees.map((callee) => line(caller, callee, 'calls')),
  );
  return [...ofTopics, ...ofCalls];
}

function line(from: string, to: string, kind: TopologyEdge['kind']): Line {
  return { id: edgeId(from, to), from, to, kind };
}

export function edgeId(from: string, to: string): string {
  return `${from}>${to}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
