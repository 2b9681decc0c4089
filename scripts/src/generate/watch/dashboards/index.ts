import { brokers } from './brokers';
import { consumerLag } from './consumer-lag';
import { dashboardJson, type DashboardPlan } from './dashboard';
import { deadLetters } from './dead-letters';
import { http } from './http';
import { outbox } from './outbox';
import { sagasDashboard } from './sagas';

const plans: readonly DashboardPlan[] = [consumerLag, outbox, sagasDashboard, deadLetters, http, brokers];

/** Every dashboard: its file's name → what Grafana is given. */
export function dashboards(): Map<string, string> {
  return new Map(plans.map((plan) => [`${plan.uid}.json`, dashboardJson(plan)]));
}
