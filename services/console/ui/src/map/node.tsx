import { useComputed } from '@preact/signals';
import type { TopologyNode } from '../../../src/views';
import { count, duration, plural } from '../format';
import { hrefOf, route } from '../route';
import { overview } from '../stream';

const CHARACTER_PX = 8.6;
const INSTANCES_SHOWN_MAX = 8;

/** A box that leads to the details of what it stands for. */
export function Node({ node }: { node: TopologyNode }) {
  const text = useComputed(() => (node.kind === 'service' ? serviceText(node.name) : topicText(node.name)));
  const state = useComputed(() => {
    const isChosen = route.value.parameters.get('node') === node.id;
    return `node ${node.kind} ${stateOf(node)} ${isChosen ? 'chosen' : ''}`;
  });
  const left = node.x - node.width / 2;
  const top = node.y - node.height / 2;
  // A name that its box is too small for is set closer.
  const isLong = node.name.length * CHARACTER_PX > node.width - 16;
  return (
    <a class={state} href={hrefOf('map', { node: node.id })} data-node={node.name}>
      <rect x={left} y={top} width={node.width} height={node.height} rx={node.kind === 'service' ? 8 : 18} />
      <text
        x={node.x}
        y={node.y - 3}
        class="name"
        {...(isLong && { textLength: node.width - 16, lengthAdjust: 'spacingAndGlyphs' })}
      >
        {node.name}
      </text>
      <text x={node.x} y={node.y + 13} class="detail">
        {text}
      </text>
      {node.kind === 'service' && <Instances node={node} left={left} top={top} />}
    </a>
  );
}

/** A light for each instance; its words are in the box and in the table. */
function Instances({ node, left, top }: { node: TopologyNode; left: number; top: number }) {
  const lights = useComputed(() =>
    (serviceOf(node.name)?.instances ?? [])
      .slice(0, INSTANCES_SHOWN_MAX)
      .map(({ isReady }) => (isReady ? '1' : '0'))
      .join(''),
  );
  return (
    <g aria-hidden="true">
      {[...lights.value].map((light, index) => (
        <circle
          key={index}
          cx={left + 10 + index * 10}
          cy={top + 9}
          r={3.5}
          class={light === '1' ? 'light good' : 'light bad'}
        />
      ))}
    </g>
  );
}

function serviceOf(name: string) {
  return overview.value?.services.find((service) => service.name === name);
}

function topicOf(name: string) {
  return overview.value?.topics.find((topic) => topic.name === name);
}

/** The worst of it: a box has room for one thing. */
function serviceText(name: string): string {
  const service = serviceOf(name);
  if (!service) return '';
  const { instances, outbox } = service;
  const ready = instances.filter(({ isReady }) => isReady).length;
  if (outbox && outbox.failed > 0) return `outbox: ${count(outbox.failed)} failed`;
  if (ready < instances.length || ready === 0) return `${ready} of ${instances.length} ready`;
  if (!outbox) return 'ready';
  return outbox.pending === 0
    ? 'outbox 0'
    : `outbox ${count(outbox.pending)}, ${duration(outbox.oldestAge_s)}`;
}

function topicText(name: string): string {
  const topic = topicOf(name);
  if (!topic) return '';
  const dead = topic.deadLetters > 0 ? ` · ${plural(topic.deadLetters, 'dead letter')}` : '';
  return `${plural(topic.records, 'record')}${dead}`;
}

function stateOf(node: TopologyNode): string {
  if (!overview.value) return '';
  if (node.kind === 'topic') return (topicOf(node.name)?.deadLetters ?? 0) > 0 ? 'bad' : '';
  const service = serviceOf(node.name);
  if (!service || service.instances.length === 0) return 'bad';
  const hasFailed = (service.outbox?.failed ?? 0) > 0;
  return hasFailed || service.instances.some(({ isReady }) => !isReady) ? 'bad' : 'good';
}
