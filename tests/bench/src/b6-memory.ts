import { services } from '@naru/contracts';
import type { Platform } from '@naru/scripts';

const SAMPLE_MS = 500;
const MIB = 2 ** 20;

/** The service whose memory grew most. */
export interface Growth {
  readonly service: string;
  readonly steady_mib: number;
  readonly peak_mib: number;
}

/** Looks at the resident memory of each service. */
export function watchMemory(platform: Platform) {
  let peaks = new Map<string, number>();
  const look = () => {
    for (const [part, bytes] of Object.entries(platform.residentBytes()))
      if (isService(part)) peaks.set(part, Math.max(peaks.get(part) ?? 0, bytes));
  };
  const timer = setInterval(look, SAMPLE_MS);
  return {
    /** Highest bytes by service since the last call. */
    peaks() {
      look();
      const seen = peaks;
      peaks = new Map();
      return seen;
    },
    stop: () => clearInterval(timer),
  };
}

const isService = (part: string) => Object.hasOwn(services, part.replace(/-\d+$/, ''));

export function grownMost(steady: ReadonlyMap<string, number>, peak: ReadonlyMap<string, number>): Growth {
  const growth = (service: string) => (peak.get(service) ?? 0) / (steady.get(service) ?? 1);
  const service = [...peak.keys()].sort((a, b) => growth(b) - growth(a))[0] ?? '';
  const mib = (bytes = 0) => bytes / MIB;
  return { service, steady_mib: mib(steady.get(service)), peak_mib: mib(peak.get(service)) };
}
