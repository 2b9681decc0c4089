import { nothingToHeal, type Nemesis, type NemesisContext } from '../nemesis';

const SLOW_MAIL_MS = 400;
const RESETS = 8;
const BETWEEN_RESETS_MS = 600;
const LOST_ANSWERS_ROUNDS = 4;
const LOST_ANSWERS_MS = 400;
const BETWEEN_ROUNDS_MS = 1_200;

/** Milliseconds that a chunk takes on the way to each dependency: much, but less than every deadline. */
const latencies = { database: 40, redis: 60, smtp: 150 } as const;

function someProxy({ naru, random }: NemesisContext) {
  const name = random.pick(['database', 'redis', 'smtp'] as const);
  return { name, proxy: naru.proxies[name] };
}

const smtpDown: Nemesis = {
  name: 'smtp-down',
  does: 'kill -9 of the mail server',
  hold_ms: 6_000,
  async inject({ naru: { platform } }) {
    await platform.mail.kill('SIGKILL');
    return { target: 'mail', heal: () => platform.mail.start() };
  },
};

const slowMail: Nemesis = {
  name: 'slow-mail',
  does: `every message to and from the mail server takes ${SLOW_MAIL_MS} ms`,
  hold_ms: 8_000,
  async inject({ naru: { proxies } }) {
    proxies.smtp.setLatency(SLOW_MAIL_MS);
    return { target: 'smtp', heal: async () => proxies.smtp.setLatency(0) };
  },
};

const latency: Nemesis = {
  name: 'latency',
  does: 'database, Redis or mail server are far away',
  hold_ms: 8_000,
  async inject(context) {
    const { name, proxy } = someProxy(context);
    proxy.setLatency(latencies[name]);
    return { target: `${name}, ${latencies[name]} ms`, heal: async () => proxy.setLatency(0) };
  },
};

const resets: Nemesis = {
  name: 'resets',
  does: 'TCP resets of all connections to database, Redis or mail server, again and again',
  hold_ms: 0,
  async inject(context) {
    const hit = new Map<string, number>();
    for (let round = 0; round < RESETS; round++) {
      const { name, proxy } = someProxy(context);
      hit.set(name, (hit.get(name) ?? 0) + proxy.reset());
      await context.pause(BETWEEN_RESETS_MS);
    }
    return { target: [...hit].map(([name, count]) => `${name} ${count}`).join(', '), heal: nothingToHeal };
  },
};

const halfOpen: Nemesis = {
  name: 'half-open',
  does: 'the far end of all connections to database, Redis or mail server vanishes without a word',
  hold_ms: 8_000,
  async inject(context) {
    const { name, proxy } = someProxy(context);
    // They stay silent after healing too: whoever waits on one has to notice by itself.
    return { target: `${name}, ${proxy.halfOpen()} connections`, heal: nothingToHeal };
  },
};

const lostAnswers: Nemesis = {
  name: 'lost-answers',
  does: 'the database does what it is told, commits included, but its answers get lost',
  hold_ms: 0,
  async inject({ naru: { proxies }, pause }) {
    let connections = 0;
    for (let round = 0; round < LOST_ANSWERS_ROUNDS; round++) {
      proxies.database.loseAnswers(true);
      await pause(LOST_ANSWERS_MS);
      connections += proxies.database.reset();
      proxies.database.loseAnswers(false);
      await pause(BETWEEN_ROUNDS_MS);
    }
    return { target: `database, ${connections} connections`, heal: nothingToHeal };
  },
};

export const networkNemeses: readonly Nemesis[] = [
  smtpDown,
  slowMail,
  latency,
  resets,
  halfOpen,
  lostAnswers,
];
