import { readOrderStory } from '@naru/operations';

import { describeFlags, parseFlagsAndWords, UsageError } from '../arguments';
import { withConnections } from '../connections';
import { sourceFlags, sourcesOf } from '../sources';
import { tell } from '../why/tell';

export const summary = "tells an order's whole story across the services";

const ORDER_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Exit code 1 when there is no such order. */
export async function run(argv: readonly string[]): Promise<number> {
  const { values, words } = parseFlagsAndWords(sourceFlags, argv, 1);
  const [orderId] = words;
  if (values.help) {
    console.log(`Usage: npm run why -- ORDER [flags]\n\n${describeFlags(sourceFlags)}`);
    return 0;
  }
  if (orderId === undefined) throw new UsageError('which order?');
  if (!ORDER_ID.test(orderId)) throw new UsageError(`"${orderId}" is no order's id`);
  const story = await withConnections(sourcesOf(values), (connections) =>
    readOrderStory(connections, orderId),
  );
  console.log(story ? tell(story) : `there is no order ${orderId}`);
  return story ? 0 : 1;
}
