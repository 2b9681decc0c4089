/**
 * The sum of a metric's samples that have all of the labels, over some `/metrics` pages; 0 where there is none.
 * @param labels such as `outcome="processed"`
 */
export async function metricSum(
  urls: readonly string[],
  name: string,
  ...labels: readonly string[]
): Promise<number> {
  const pages = await Promise.all(urls.map(async (url) => (await fetch(`${url}/metrics`)).text()));
  return pages
    .flatMap((page) => page.split('\n'))
    .filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
