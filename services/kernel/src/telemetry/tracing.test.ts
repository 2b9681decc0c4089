import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { trace } from '@opentelemetry/api';
import { freePort, startOtlpReceiver, type OtlpReceiver } from '@naru/testing';
import { isTraceparent, isTracing, traceIdOf, withinSpan } from './tracing';

const repository = join(__dirname, '../../../..');
const PROGRAM_MS = 60_000;

/** Spans within each other and of a message, in a process of its own as a service is, which ends by stopping. */
const program = `
const kernel = require('@naru/kernel');
const { currentTraceparent, endSpan, startMessageSpan, traceparentOf, withinSpan } = kernel;
const log = kernel.createLog('kernel', 'kernel-1', 'warn');
const stop = kernel.startTracing('kernel', 'kernel-1', process.argv[1], log);
const span = (name, parent) => () => ({ name, kind: 0, attributes: {}, parent });
(async () => {
  let outer;
  await withinSpan(span('outer'), async () => {
    outer = currentTraceparent();
    const refused = Object.assign(new Error('refused'), { code: 'no-way' });
    await withinSpan(span('inner', outer), () => Promise.reject(refused)).catch(() => undefined);
  });
  const message = { topic: 'board.created', eventId: 'e', parent: outer, partition: 2, offset: 7n };
  const created = startMessageSpan('create', { ...message, from_ms: Date.now() - 5 });
  endSpan(created);
  endSpan(startMessageSpan('process', { ...message, group: 'g', parent: traceparentOf(created) }));
  const unwanted = outer.slice(0, -2) + '00';
  const inside = await withinSpan(span('unwanted', unwanted), async () => currentTraceparent());
  await stop();
  log.flush();
  console.log(JSON.stringify({ msg: 'stopped', outer, inside }));
})();
`;

/** @returns the lines that it logged, the last of which says what it did */
async function runProgram(endpoint: string): Promise<Record<string, string>[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program, endpoint], {
    cwd: repository,
    timeout: PROGRAM_MS,
  });
  const lines = stdout.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, string>);
}

test('without an endpoint no span is made, whatever is done', async () => {
  const start = jest.fn(() => ({ name: 'outer', kind: 0, attributes: {}, parent: undefined }));
  expect(isTracing()).toBe(false);
  expect(await withinSpan(start, async () => trace.getActiveSpan())).toBeUndefined();
  expect(start).not.toHaveBeenCalled();
});

describe('with an endpoint', () => {
  let receiver: OtlpReceiver;
  beforeAll(async () => {
    receiver = await startOtlpReceiver();
  });
  afterAll(() => receiver.close());

  test(
    'what is exported has its trace, its parent and whether it failed',
    async () => {
      const [stopped, ...more] = await runProgram(`${receiver.url}/`);
      expect(more).toEqual([]);
      const found = receiver.trace(traceIdOf(stopped!['outer']!));
      const spans = new Map(found.map((span) => [span.name, span]));
      expect([...spans.keys()].sort()).toEqual([
        'create board.created',
        'inner',
        'outer',
        'process board.created',
      ]);
      const idOf = (name: string) => spans.get(name)!.spanId;
      expect(spans.get('outer')).toMatchObject({ service: 'kernel', instance: 'kernel-1', parentSpanId: '' });
      expect(spans.get('inner')).toMatchObject({
        parentSpanId: idOf('outer'),
        isError: true,
        attributes: { 'error.type': 'no-way' },
      });
      expect(spans.get('create board.created')).toMatchObject({
        kind: 'PRODUCER',
        parentSpanId: idOf('outer'),
        isError: false,
        attributes: { 'messaging.operation.type': 'create', 'messaging.message.id': 'e' },
      });
      expect(spans.get('process board.created')).toMatchObject({
        kind: 'CONSUMER',
        parentSpanId: idOf('create board.created'),
        attributes: {
          'messaging.system': 'kafka',
          'messaging.destination.name': 'board.created',
          'messaging.destination.partition.id': '2',
          'messaging.kafka.offset': 7,
          'messaging.consumer.group.name': 'g',
        },
      });
      // A caller that wants no trace is heeded; its id goes on all the same.
      expect(stopped!['inside']).toMatch(new RegExp(`^00-${traceIdOf(stopped!['outer']!)}-[0-9a-f]{16}-00$`));
    },
    PROGRAM_MS,
  );

  test(
    'a receiver that is away is told of once, and holds up neither work nor the end',
    async () => {
      const lines = await runProgram(`http://127.0.0.1:${await freePort()}`);
      expect(lines.map(({ msg }) => msg)).toEqual(['spans are not exported', 'stopped']);
      expect(lines[0]).toMatchObject({ level: 'warn', fault: expect.any(String) });
    },
    PROGRAM_MS,
  );
});

test.each([
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', true],
  ['00-00000000000000000000000000000000-b7ad6b7169203331-01', false],
  ['00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01', false],
  ['00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01', false],
  ['not-a-trace', false],
  [undefined, false],
])('whether %s can be handed on: %s', (text, is) => {
  expect(isTraceparent(text)).toBe(is);
});
