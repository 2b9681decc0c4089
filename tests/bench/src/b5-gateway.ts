import {
  interleaved,
  mustHold,
  quantile,
  ratio,
  type Bench,
  type Benchmark,
  type Measure,
} from './benchmark';
import { startScene, type Scene, type Side } from './b5-scene';

const CONNECTIONS = 50;
const PACED_CONNECTIONS = 20;
/** The client's request, and the gateway's own to the service. */
const SPANS_PER_REQUEST = 2;
/** Far below what the gateway can do on two cores: latency is measured, not queueing. */
const PACED_RATE_PER_S = 500;

export const gatewayBenchmark: Benchmark = {
  id: 'B5',
  title: 'Gateway against a bare proxy',
  method:
    'The gateway and a keep-alive proxy of plain node:http take turns in front of the same upstream, which answers ' +
    'about 500 bytes of JSON at once, so that all the time is theirs: a slower service would only hide them. 50 ' +
    'connections of 50 signed-in users send their next GET when the last is answered; the gateway verifies, asks ' +
    'Redis for logouts and limits, measures and logs each request to a file. Its limit is out of reach. Added ' +
    'latency is against the upstream alone, at 500 requests/s. A second gateway exports the two spans of each request ' +
    'by OTLP to a local sink, and has its metrics read each second.',
  boundBy:
    'Writing to sockets takes over a third of the gateway’s time: the answer, the service’s request, and, which the ' +
    'bare proxy does not have, the question to Redis, 12 % by itself. The log line that each request has takes 7 %, ' +
    'collecting garbage 6 %; verifying the token and routing are small. The rest is node’s own HTTP server and client, ' +
    'as in the bare proxy.',
  platform: 'shared',
  async run(bench) {
    const scene = await startScene(bench.platform);
    try {
      return [...(await throughput(bench, scene)), ...(await latency(bench, scene))];
    } finally {
      await scene.stop();
    }
  },
};

async function throughput(bench: Bench, scene: Scene): Promise<Measure[]> {
  const { gateway, watched, proxy, load } = scene;
  const cpu_us = { gateway: [] as number[], watched: [] as number[], proxy: [] as number[] };
  const exported: number[] = [];
  const run = async (name: keyof typeof cpu_us, side: Side) => {
    const before_us = side.cpu_us();
    const result = await load(side, { ...times(bench), connections: CONNECTIONS, rate_per_s: null });
    mustHold(result.faults === 0, `${name}: ${result.faults} of ${result.answered} requests failed`);
    cpu_us[name].push((side.cpu_us() - before_us) / result.answered);
    return result;
  };
  const rateOf = async (name: 'gateway' | 'proxy', side: Side) => (await run(name, side)).rate_per_s;
  const runWatched = async () => {
    const { rate_per_s, answered } = await run('watched', watched);
    // What is still to be exported must not fall into another side's time.
    const spans = await scene.spansSettled();
    mustHold(spans > 0, 'no span arrived at the sink');
    exported.push(spans / (SPANS_PER_REQUEST * answered));
    return rate_per_s;
  };
  const rounds = await interleaved(bench, {
    gateway: () => rateOf('gateway', gateway),
    watched: runWatched,
    proxy: () => rateOf('proxy', proxy),
  });
  const each = (name: keyof typeof cpu_us) => `${name} ${quantile(cpu_us[name], 0.5).toFixed(0)} µs`;
  const share = quantile(exported, 0.5) * 100;
  return [
    ratio(
      'gateway ÷ bare proxy',
      { kind: 'at least', value: 0.7 },
      'requests/s',
      rounds,
      ['gateway', 'proxy'],
      [`processor time of each request, median: ${each('gateway')}, ${each('proxy')}`],
    ),
    ratio(
      'gateway with spans exported ÷ without',
      { kind: 'at least', value: 0.7 },
      'requests/s',
      rounds,
      ['watched', 'gateway'],
      [
        `with spans exported: ${each('watched')}; of 100 requests ${share.toFixed(0)} had their spans exported, beyond ` +
          'the exporter’s queue they are dropped',
      ],
    ),
  ];
}

async function latency(bench: Bench, { gateway, upstream, load }: Scene): Promise<Measure[]> {
  const run = async (side: Side) => {
    const paced = { ...times(bench), connections: PACED_CONNECTIONS, rate_per_s: PACED_RATE_PER_S };
    const result = await load(side, paced);
    mustHold(
      result.faults === 0,
      `${result.faults} of ${result.answered} paced requests failed or were late`,
    );
    return { p50_ms: result.p50_ms, p99_ms: result.p99_ms };
  };
  const { counted } = await interleaved(bench, {
    gateway: () => run(gateway),
    upstream: () => run(upstream),
  });
  const added = (name: 'p50' | 'p99', value: number): Measure => ({
    name: `latency that the gateway adds, ${name}`,
    target: { kind: 'at most', value, unit: 'ms' },
    unit: 'ms',
    pairs: counted.map((round) => ({
      ours: round.gateway[`${name}_ms`] - round.upstream[`${name}_ms`],
      other: null,
    })),
  });
  return [added('p50', 1), added('p99', 5)];
}

function times({ quick }: Bench) {
  return quick ? { warmUp_ms: 500, duration_ms: 3_000 } : { warmUp_ms: 2_000, duration_ms: 8_000 };
}
