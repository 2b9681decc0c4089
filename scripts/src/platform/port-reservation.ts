import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PlatformError } from './errors';
import { isPortFree } from './port-probe';
import { everyPort } from './ports';
import { takeLock } from './process/lock-file';

/** With this step the ports of no two offsets meet, offset 0 included (there is a test for it). */
const OFFSET_STEP = 300;
/** Beyond this the second broker's port would be among those of outgoing connections. */
const OFFSETS_MAX = 12;

/** There a second gateway would be on 9000, where the console of the platform without an offset is. */
const GATEWAY_ON_CONSOLE = 900;

/** The offsets that freePortOffset() tries. */
export const candidateOffsets: readonly number[] = Array.from(
  { length: OFFSETS_MAX },
  (_, index) => OFFSET_STEP * (index + 1),
).filter((offset) => offset !== GATEWAY_ON_CONSOLE);

export interface PortReservation {
  readonly portOffset: number;
  release(): void;
}

/**
 * Finds a port offset at which every port is free and keeps it from other callers on this machine until it is
 * released or this process ends. Throws NO_FREE_PORTS when all are taken.
 */
export async function freePortOffset(): Promise<PortReservation> {
  for (const portOffset of candidateOffsets) {
    const lock = takeLock(join(tmpdir(), 'naru-port-offsets', `${portOffset}.lock`));
    if ('heldBy' in lock) continue;
    const free = await Promise.all(everyPort(portOffset).map(isPortFree));
    if (free.every(Boolean)) return { portOffset, release: lock.release };
    lock.release();
  }
  throw new PlatformError(
    'NO_FREE_PORTS',
    `all ${OFFSETS_MAX} port offsets are in use`,
    'stop another platform',
  );
}
