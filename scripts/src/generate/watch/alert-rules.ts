import { stringify } from 'yaml';

import { alerts } from './alerts';

/** Where each alert has a section; the umbrella chart can put a URL in its place. */
export const RUNBOOK = 'docs/runbook.md';

const HEADER = '# Generated from scripts/src/generate/watch/alerts.ts by `npm run generate`. Do not edit.\n';

/** A rules file of Prometheus: the local one reads it, and the umbrella chart makes a PrometheusRule of it. */
export function alertRules(): string {
  const rules = alerts.map(({ name, severity, expr, for: holds, summary, description }) => ({
    alert: name,
    expr,
    for: holds,
    labels: { severity },
    annotations: { summary, description, runbook_url: `${RUNBOOK}#${name.toLowerCase()}` },
  }));
  const options = { lineWidth: 0, singleQuote: true, aliasDuplicateObjects: false };
  return HEADER + stringify({ groups: [{ name: 'naru', rules }] }, options);
}
