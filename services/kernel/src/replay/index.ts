export {
  restoration,
  type CapturedEffect,
  type ReplayAssembly,
  type Restoration,
  type Shadow,
} from './assembly';
export {
  fromRecordLine,
  toRecordLine,
  type RecordLine,
  type ReplayInput,
  type ReplayNeeds,
  type ReplayOutput,
} from './lines';
