export { createCommitCutter, type CommitCutter } from './commit-cutter';
export { eventually } from './eventually';
export {
  emptyDatabase,
  infrastructure,
  testDatabase,
  uniqueName,
  type Infrastructure,
} from './infrastructure';
export { arrivals, type Arrivals } from './arrivals';
export {
  deleteRecordsBefore,
  recordsOf,
  testBroker,
  testLog,
  testTopic,
  withAdmin,
  withKafkajsMember,
} from './kafka';
export { metricSum } from './metrics';
export { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from './otlp-receiver';
export { drained } from './outbox';
export { publish, publishAll, type Published } from './publish';
export { createTcpProxy, type TcpProxy } from './tcp-proxy';
export { freePort, testService, type TestService } from './service';
