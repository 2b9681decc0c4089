import type { BurstOrder, PartAction } from '@naru/operations';
import type { Chaos } from '../views';

/** Breaks and mends what may be broken where the console runs. Every answer is the state after it was begun. */
export interface ChaosPort {
  state(): Promise<Chaos>;
  /** @throws ProblemError 404 for a part that is none, 409 for an action that is not for its state */
  act(part: string, action: PartAction): Promise<Chaos>;
  setFault(name: string, active: boolean): Promise<Chaos>;
  startBurst(order: BurstOrder): Promise<Chaos>;
}
