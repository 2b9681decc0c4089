import type { Facts } from '../facts';
import type { AuditOptions, Finding } from '../types';
import { boardEvents } from './boards';
import { catalogue } from './catalogue';
import { deadLetters, poison } from './dead-letters';
import { complete, drained, received } from './delivery';
import { boards, orders, renames, signUps } from './history';
import { mailCopies, mails } from './mails';
import { offsets } from './offsets';
import { notifications } from './notifications';
import { noPhantom, order, published } from './outbox';
import { captures, payments } from './payments';
import { balances, deductions, grants } from './points';
import { profileVersions, replicas } from './replicas';
import { orderEvents, sagasEnded, sagaSteps } from './sagas';
import { rejections, scores } from './scores';
import { reservations, stock } from './stock';

/** What is promised of every service and topic. */
const kernel = [complete, drained, published, order, noPhantom, received, offsets, deadLetters, poison];

/** What is promised of the community. */
const community = [
  boardEvents,
  balances,
  grants,
  deductions,
  scores,
  rejections,
  replicas,
  profileVersions,
  mails,
];

/** What is promised of commerce. */
const commerce = [
  sagaSteps,
  sagasEnded,
  orderEvents,
  stock,
  reservations,
  payments,
  captures,
  catalogue,
  notifications,
];

/** Judges facts by every invariant there is. */
export function judge(facts: Facts, options: Pick<AuditOptions, 'history'>): Finding[] {
  const { history } = options;
  return [
    ...[...kernel, ...community, ...commerce].map((invariant) => invariant(facts)),
    mailCopies(facts),
    ...(history ? [signUps, boards, renames, orders].map((invariant) => invariant(facts, history)) : []),
  ];
}
