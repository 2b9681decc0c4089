import { services, type ServiceName } from '@naru/contracts';
import { eventually } from '@naru/testing';
import { faultEnvironment, type CrashPoint } from '../fault';
import { nothingToHeal, type Nemesis } from '../nemesis';

/** The relay's lease is 10 s. */
const PAUSE_MS = 13_000;
const LAUNCH_DEADLINE_MS = 10_000;
const CRASH_DEADLINE_MS = 15_000;
const STORM_ROUNDS = 2;

const serviceKill: Nemesis = {
  name: 'service-kill',
  does: 'kill -9 of any service',
  hold_ms: 1_000,
  async inject({ naru, random }) {
    const service = random.pick(naru.services);
    await service.kill('SIGKILL');
    return { target: service.name, heal: () => service.start() };
  },
};

const hurt = (Object.keys(services) as ServiceName[]).filter((name) => !services[name].isOperator);

/** One for each service, so that a run can go through all of them in turn. */
export const eachServiceKill: readonly Nemesis[] = hurt.map((name) => ({
  name: `${name}-kill`,
  does: `kill -9 of every instance of ${name}`,
  hold_ms: 1_000,
  async inject({ naru }) {
    const instances = naru.services.filter((part) => part.name.startsWith(`${name}-`));
    await Promise.all(instances.map((instance) => instance.kill('SIGKILL')));
    const heal = async () => void (await Promise.all(instances.map((instance) => instance.start())));
    return { target: instances.map((instance) => instance.name).join(', '), heal };
  },
}));

const serviceStop: Nemesis = {
  name: 'service-stop',
  does: 'SIGTERM of any service under load, and start',
  hold_ms: 0,
  async inject({ naru, random }) {
    const service = random.pick(naru.services);
    await service.stop();
    return { target: service.name, heal: () => service.start() };
  },
};

const servicePause: Nemesis = {
  name: 'service-pause',
  does: 'a service is stopped (SIGSTOP) for longer than its relay’s lease, then goes on',
  hold_ms: PAUSE_MS,
  async inject({ naru, random }) {
    const service = random.pick(naru.services.filter(({ name }) => !name.startsWith('gateway')));
    service.pause();
    return { target: service.name, heal: async () => service.resume() };
  },
};

/** Ends a service at a crash point; the supervisor starts it again without the fault. */
function crash(point: CrashPoint, services: readonly ServiceName[], afterMax: number): Nemesis {
  return {
    name: `crash-${point}`,
    does: `a service ends itself (SIGKILL) at the point “${point}”`,
    hold_ms: 0,
    async inject({ naru, random }) {
      const name = random.pick(services);
      const service = random.pick(naru.services.filter((part) => part.name.startsWith(`${name}-`)));
      const after = random.integer(1, afterMax);
      await service.stop();
      // It may end before it is ready.
      const started = service.start(faultEnvironment({ mode: 'crash', point, after })).catch(() => undefined);
      const pid = await eventually('the process', () => service.pid, LAUNCH_DEADLINE_MS);
      const ended = await eventually('the crash', () => service.pid !== pid, CRASH_DEADLINE_MS).catch(
        () => false,
      );
      await started;
      if (!ended && service.pid === pid) await service.kill('SIGKILL');
      return {
        target: `${service.name}, time ${after}${ended ? '' : ' (not reached: killed)'}`,
        heal: () => service.start(),
      };
    },
  };
}

const rebalanceStorm: Nemesis = {
  name: 'rebalance-storm',
  does: 'two more instances of a service, so more relays and group members, come and go',
  hold_ms: 0,
  async inject({ naru, random }) {
    const name = random.pick(['user', 'board', 'point'] as const);
    const [second, third] = [2, 3].map((instance) => naru.platform.service(name, instance));
    if (!second || !third) throw new Error(`no further instances of ${name}`);
    for (let round = 0; round < STORM_ROUNDS; round++) {
      await Promise.all([second.start(), third.start()]);
      await Promise.all([second.kill('SIGKILL'), third.stop()]);
    }
    // What is stopped is not missed by recover(); what is dead is.
    await second.stop();
    return { target: `${second.name}, ${third.name}`, heal: nothingToHeal };
  },
};

const writers = ['user', 'board', 'point', 'order', 'product', 'payment'] as const;
const publishers = ['user', 'board', 'order', 'product', 'payment'] as const;

export const serviceNemeses: readonly Nemesis[] = [
  serviceKill,
  serviceStop,
  servicePause,
  crash('before-commit', writers, 10),
  crash('after-commit-before-publish', publishers, 5),
  crash('after-publish-before-mark', publishers, 5),
  crash('after-effect-before-offset-commit', writers, 5),
  crash('after-call-before-mark', ['email'], 1),
  rebalanceStorm,
];
