import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { faults, services, type FaultName } from '@naru/contracts';
import {
  BURST_PER_SECOND_MAX,
  BURST_SECONDS_MAX,
  burstKinds,
  type BurstOrder,
  type ControlState,
  type PartAction,
} from '@naru/operations';

import { reasonOf } from '../errors';
import type { PartHandle, PartState } from '../types';
import type { Burst } from './burst';

const LOG_MAX = 20;
const MOMENT_MS = 1_000;

/** What is asked for cannot be done. */
export class ControlError extends Error {
  constructor(
    readonly status: 400 | 404 | 409,
    message: string,
  ) {
    super(message);
    this.name = 'ControlError';
  }
}

export interface ControlOptions {
  /** All of the platform's, at the moment. */
  parts(): readonly PartHandle[];
  readonly faultsFile: string;
  readonly burst: Burst;
  readonly clock?: () => number;
}

/**
 * Lets a platform's parts be broken and mended by hand. What is killed or stopped here stays down until it is started
 * here: the supervisor restarts only what dies by itself.
 */
export interface Control {
  state(): ControlState;
  /** Does it, or begins it when it takes longer than a moment; then the state tells. @throws ControlError */
  act(part: string, action: PartAction): Promise<void>;
  setFault(name: string, active: boolean): void;
  startBurst(order: BurstOrder): void;
  /** Ends a burst and all faults. */
  close(): void;
}

const actionsIn: Readonly<Record<PartState, readonly PartAction[]>> = {
  ready: ['kill', 'pause', 'stop'],
  paused: ['resume', 'kill'],
  starting: ['kill'],
  dead: ['start'],
  stopped: ['start'],
};

export function createControl({ parts, faultsFile, burst, clock = Date.now }: ControlOptions): Control {
  const active = new Set<FaultName>();
  const log: { at: string; text: string }[] = [];

  function note(text: string): void {
    log.unshift({ at: new Date(clock()).toISOString(), text });
    log.splice(LOG_MAX);
  }

  async function begin(part: PartHandle, action: PartAction): Promise<void> {
    const done: Record<PartAction, () => void | Promise<void>> = {
      kill: () => part.kill(),
      pause: () => part.pause(),
      resume: () => part.resume(),
      stop: () => part.stop(),
      start: () => part.start(),
    };
    note(`${action} ${part.name}`);
    const ended = (async () => done[action]())().catch((error: unknown) =>
      note(`${action} ${part.name}: ${reasonOf(error).split('\n', 1)[0]}`),
    );
    await Promise.race([ended, delay(MOMENT_MS)]);
  }

  function writeFaults(): void {
    writeFileSync(faultsFile, JSON.stringify([...active]), { mode: 0o600 });
  }

  return {
    state: () => ({
      parts: parts()
        .filter(({ name }) => !isOperators(name))
        .map(({ name, state }) => ({ name, kind: kindOf(name), state, actions: actionsIn[state] })),
      faults: (Object.keys(faults) as FaultName[]).map((name) => ({
        ...{ name, title: faults[name], active: active.has(name) },
      })),
      burst: burst.running(),
      log: [...log],
    }),

    async act(name, action) {
      const part = parts().find((known) => known.name === name && !isOperators(name));
      if (!part) throw new ControlError(404, `there is no part ${name}`);
      if (!actionsIn[part.state].includes(action))
        throw new ControlError(409, `${name} is ${part.state}: ${action} is not for now`);
      await begin(part, action);
    },

    setFault(name, on) {
      if (!Object.hasOwn(faults, name)) throw new ControlError(404, `there is no fault ${name}`);
      if (on) active.add(name as FaultName);
      else active.delete(name as FaultName);
      writeFaults();
      note(`${name} ${on ? 'on' : 'off'}`);
    },

    startBurst(order) {
      const { kind, perSecond, seconds } = order;
      const isBounded = isCount(perSecond, BURST_PER_SECOND_MAX) && isCount(seconds, BURST_SECONDS_MAX);
      if (!burstKinds.includes(kind) || !isBounded)
        throw new ControlError(
          400,
          `a burst is of ${burstKinds.join(' or ')}, up to ${BURST_PER_SECOND_MAX} a second for ${BURST_SECONDS_MAX} s`,
        );
      if (burst.running()) throw new ControlError(409, 'a burst is under way');
      note(`burst of ${perSecond} ${kind} a second for ${seconds} s`);
      burst.start(order, note);
    },

    close() {
      burst.stop();
      rmSync(faultsFile, { force: true });
    },
  };
}

function isCount(value: unknown, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max;
}

/** The console's own instances: who breaks them has nothing to mend them with. */
function isOperators(part: string): boolean {
  const service = Object.entries(services).find(([name]) => part.replace(/-\d+$/, '') === name)?.[1];
  return service?.isOperator === true;
}

function kindOf(part: string): ControlState['parts'][number]['kind'] {
  if (part.startsWith('broker-')) return 'broker';
  return part === 'database' || part === 'redis' || part === 'mail' || part === 'registry' ? part : 'service';
}
