import { buildCharts } from '../../scripts/src/kubernetes/charts';
import { ensureHelm } from '../../scripts/src/kubernetes/fetch/helm';

/** Helm, and charts that are put together from what is in the repository now. */
export default async function setup(): Promise<void> {
  const helm = await ensureHelm();
  await buildCharts(helm);
  process.env['NARU_HELM'] = helm;
}
