import { PlatformError } from './errors';
import { platformPaths } from './paths';
import { portConflicts } from './planned-ports';
import { freePortOffset, type PortReservation } from './port-reservation';
import { BROKERS_DEFAULT, RunningPlatform } from './running-platform';
import { claimDirectory } from './state-file';
import { infrastructure, type Platform, type PlatformOptions } from './types';

/**
 * Starts a platform and waits until all of it is ready. Throws a PlatformError that says what is wrong and how
 * to mend it; nothing is left running then.
 */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const paths = platformPaths(options.directory, options.logsDirectory);
  const lock = claimDirectory(paths);
  let reservation: PortReservation | undefined;
  const release = (): void => {
    reservation?.release();
    lock.release();
  };
  let platform: RunningPlatform | undefined;
  try {
    reservation = await reserve(options.portOffset);
    await checkPorts(options, reservation.portOffset);
    platform = await RunningPlatform.prepare(options, paths, reservation.portOffset, release);
    await platform.startAll(options.signal);
    return platform;
  } catch (error) {
    if (platform) await platform.stop();
    else release();
    throw error;
  }
}

async function reserve(portOffset: number | 'free' = 0): Promise<PortReservation> {
  return portOffset === 'free' ? freePortOffset() : { portOffset, release: () => {} };
}

async function checkPorts(options: PlatformOptions, portOffset: number): Promise<void> {
  const conflicts = await portConflicts({
    portOffset,
    parts: options.parts ?? infrastructure,
    services: options.services ?? [],
    brokers: options.brokers ?? BROKERS_DEFAULT,
  });
  if (conflicts.length > 0) {
    throw new PlatformError(
      'PORT_TAKEN',
      conflicts.join('\n'),
      'end that process, or start with --port-offset 300',
    );
  }
}
