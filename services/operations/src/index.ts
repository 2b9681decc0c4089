export {
  groups,
  lanes,
  openConnections,
  servicesWithDatabase,
  topicNames,
  type Connections,
  type OperationSources,
} from './connections';
export { redriveSelected, type LaneReport, type LetterSelection, type RedriveOptions } from './redrive';
export { awaited } from './story/awaited';
export { readOrderStory } from './story/order';
export { readUserStory } from './story/user';
export { brief, lettersOfKey, parkedOfKey, unpublishedWhere } from './story/troubles';
export type * from './story/types';
export * from './control';
export { awaitPublished, handledUpTo, takenInAt } from './replay/handled';
export { readTopic, storyOf, type TopicReading } from './replay/records';
export { readState, type StateRow } from './replay/state';
