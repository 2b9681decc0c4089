/** What the local platform's control socket says and takes, as JSON over HTTP. */
export const partActions = ['kill', 'pause', 'resume', 'stop', 'start'] as const;
export type PartAction = (typeof partActions)[number];

export const burstKinds = ['sign-ups', 'orders'] as const;
export type BurstKind = (typeof burstKinds)[number];

export const BURST_PER_SECOND_MAX = 500;
export const BURST_SECONDS_MAX = 120;

export interface BurstOrder {
  readonly kind: BurstKind;
  readonly perSecond: number;
  readonly seconds: number;
}

/** `GET /` and the answer of every `POST`: /parts/{name} {action}, /faults/{name} {active}, /burst BurstOrder. */
export interface ControlState {
  readonly parts: readonly {
    readonly name: string;
    readonly kind: 'broker' | 'service' | 'database' | 'redis' | 'mail' | 'registry';
    readonly state: string;
    /** What may be done in this state. */
    readonly actions: readonly PartAction[];
  }[];
  readonly faults: readonly { readonly name: string; readonly title: string; readonly active: boolean }[];
  readonly burst: { readonly kind: string; readonly perSecond: number; readonly endsAt: string } | null;
  /** Newest first. */
  readonly log: readonly { readonly at: string; readonly text: string }[];
}

/** What is refused: {error, status} with the status of HTTP. */
export interface ControlRefusal {
  readonly error: string;
}
