import type { Mutation } from '../mutation';
import { brokerMutations } from './broker';
import { consumerMutations } from './consumer';
import { deadLetterMutations } from './dead-letters';
import { membershipMutations } from './membership';
import { outboxMutations } from './outbox';

/** In the order of the promises. */
export const mutations: readonly Mutation[] = [
  ...outboxMutations,
  ...brokerMutations,
  ...consumerMutations,
  ...membershipMutations,
  ...deadLetterMutations,
];
