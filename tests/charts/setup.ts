import { buildCharts } from '../../scripts/src/kubernetes/charts';
import { ensureHelm } from '../../scripts/src/kubernetes/fetch/helm';
import { ensurePromtool } from '../../scripts/src/platform/fetch/server-programs';

/** Helm, promtool, and charts that are put together from what is in the repository now. */
export default async function setup(): Promise<void> {
  const helm = await ensureHelm();
  await buildCharts(helm);
  process.env['NARU_HELM'] = helm;
  process.env['NARU_PROMTOOL'] = await ensurePromtool();
}
