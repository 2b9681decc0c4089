import { restoration, type ReplayAssembly } from '@naru/kernel';
import { lockAuthor, restoreBoard } from './store';

/** Boards come to be by request; events tell all of them but their content. */
export const boardReplay: ReplayAssembly = {
  restorations: [
    restoration('given', ['board.created'], async (trx, events) => {
      for (const { data } of events) {
        await lockAuthor(trx, data.userId);
        await restoreBoard(trx, data);
      }
    }),
  ],
};
