import { createOutbox, createRelay, transaction } from '@naru/kernel';
import { boardCreatedDraft, userUpdatedDraft } from '../events';
import { serve } from '../serve';
import type { Place } from '../stage';
import { monotonic_ms } from './arrival-clock';
import { kernelParts } from './kernel-parts';

let parts: ReturnType<typeof kernelParts>;
let publish: (boardId: number, slow: boolean) => Promise<void>;

const commands = {
  async open(place: Place) {
    parts = kernelParts('bench-publisher', place);
    const relay = createRelay({ ...parts, owner: `bench:${process.pid}` });
    const outbox = createOutbox(parts.contracts, parts.codec, '/naru/bench', () => relay.wake());
    relay.start();
    publish = async (boardId, slow) => {
      const drafts = [boardCreatedDraft(boardId), ...(slow ? [userUpdatedDraft(boardId)] : [])];
      await transaction(parts.database, (trx) => outbox.append(trx, drafts));
    };
  },
  /** Commits an event, with one for the slow topic beside it if asked to. @returns when that was */
  async publish({ boardId, slow }: { boardId: number; slow: boolean }): Promise<number> {
    await publish(boardId, slow);
    return monotonic_ms();
  },
};

export type PublisherCommands = typeof commands;

serve(commands);
