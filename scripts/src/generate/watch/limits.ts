/** From where on something is wrong: alerts fire there, and dashboards turn red. */
export const limits = {
  lagAge_s: 60,
  /** With records waiting, a group commits something at least so often. */
  progressAge_s: 60,
  outboxAge_s: 30,
  /** Far above the deadline of a saga, so that what is left is one that compensates and does not come to an end. */
  sagaAge_s: 300,
  httpErrorRatio: 0.05,
  /** Below this, a single failure would be a large part. */
  httpRequests_per_s: 0.1,
} as const;
