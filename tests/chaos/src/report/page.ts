import { settings } from '../chaos-naru';
import { verdictOf, type RunResult } from '../result';
import { chartLibrary, chartScript, chartsOf } from './charts';
import { faultRows, historyRows, nemesisRows, tell } from './summary';

const style = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem; vertical-align: top; }
th { border-bottom: 2px solid rgba(128,128,128,.5); } td { border-bottom: 1px solid rgba(128,128,128,.25); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.verdict { padding: .8rem 1rem; border-radius: 6px; font-weight: 600; color: #fff; background: #2a7d4f; }
.verdict.red { background: #b3374a; } .bad { color: #d1495b; font-weight: 600; } .scroll { overflow-x: auto; }
code, pre { font: 13px/1.5 ui-monospace, monospace; } pre { white-space: pre-wrap; margin: .2rem 0; }
#now { position: sticky; top: 0; background: Canvas; padding: .3rem 0; z-index: 1; font-size: 13px; }
.u-legend { font-size: 12px; }
`;

/** One page that needs nothing but itself. */
export function reportPage(result: RunResult): string {
  const { options } = result;
  const { isAsExpected, text, reasons } = verdictOf(result);
  const library = chartLibrary();
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Naru under chaos, seed ${options.seed}</title>
<style>${library.style}${style}</style>
<h1>Naru under chaos</h1>
<p>${escaped(parameters(result))}</p>
<p class="verdict ${isAsExpected ? '' : 'red'}">${escaped(text)}</p>
${reasons.map((reason) => `<p class="bad">${escaped(reason)}</p>`).join('\n')}
<h2>Timeline</h2>
<p>Bands are faults, from their injection until all was well again; the colour is the kind.</p>
<div id="now">&nbsp;</div>
<div id="charts"></div>
<h2>Invariants</h2>
${invariantsTable(result)}
<h2>Commands</h2>
${commandsTable(result)}
<h2>Kinds of faults</h2>
${nemesesTable(result)}
<h2>Faults</h2>
${faultsTable(result)}
<script>${library.script}</script>
<script>const data = ${inScript(chartData(result))};${chartScript}</script>
</html>
`;
}

function parameters({ options, commit, beganAt_ms, duration_s, requests }: RunResult): string {
  const changed = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return [
    `Seed ${options.seed}`,
    `commit ${commit}`,
    new Date(beganAt_ms).toISOString(),
    `${(duration_s / 60).toFixed(1)} minutes, faults for ${options.minutes}`,
    `${options.rate} requests a second: ${requests.sent} sent, ${requests.heldBack} held back`,
    `services run with ${changed.join(' ')}${options.unsafe ? ' and the unsafe send' : ''}`,
  ].join(' · ');
}

type Cell = string | number;

/** @param numeric columns that are aligned as numbers */
function table(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  numeric: readonly number[],
): string {
  const kind = (index: number) => (numeric.includes(index) ? ' class="n"' : '');
  const headCells = head.map((cell, index) => `<th${kind(index)}>${escaped(cell)}</th>`).join('');
  const body = rows.map(
    (row) =>
      `<tr>${row.map((cell, index) => `<td${kind(index)}>${escaped(String(cell))}</td>`).join('')}</tr>`,
  );
  return `<div class="scroll"><table><tr>${headCells}</tr>\n${body.join('\n')}\n</table></div>`;
}

function invariantsTable({ audit }: RunResult): string {
  const rows = audit.findings.map(({ invariant, title, checked, violated, violations, notes }) => [
    violated > 0 ? '✗' : checked === 0 ? '–' : '✓',
    `${title} (${invariant})`,
    checked,
    violated,
    [...violations, ...notes.map((note) => `note: ${note}`)].join('; '),
  ]);
  return table(['', 'Invariant', 'Checked', 'Violated', 'Which, and notes'], rows, [2, 3]);
}

function commandsTable({ history }: RunResult): string {
  const rows = historyRows(history).map(({ kind, counts }) => [kind, counts.ok, counts.fail, counts.unknown]);
  return table(['Command', 'Ok', 'Failed', 'Unknown'], rows, [1, 2, 3]);
}

function nemesesTable(result: RunResult): string {
  const rows = nemesisRows(result).map(({ name, does, times, mean_s, longest_s }) => [
    name,
    does,
    times,
    mean_s.toFixed(1),
    longest_s.toFixed(1),
  ]);
  return table(['Fault', 'What it does', 'Times', 'Well again after (s)', 'At most (s)'], rows, [2, 3, 4]);
}

function faultsTable(result: RunResult): string {
  const rows = faultRows(result).map((fault) => [
    fault.from_s.toFixed(0),
    fault.nemesis.name,
    fault.target,
    (fault.healed_s - fault.from_s).toFixed(1),
    (fault.recovered_s - fault.from_s).toFixed(1),
    tell(fault.commands),
    tell(fault.signUps),
    fault.lagMax ?? '?',
    fault.outboxAgeMax_s?.toFixed(1) ?? '?',
    fault.trouble ?? '',
  ]);
  const head = [
    'At (s)',
    'Fault',
    'Target',
    'Healed after (s)',
    'Well again after (s)',
    'Commands meanwhile',
    'Of them sign-ups',
    'Lag at most',
    'Outbox age at most (s)',
    'Trouble',
  ];
  return table(head, rows, [0, 3, 4, 7, 8]);
}

function chartData(result: RunResult) {
  const names = result.options.nemeses.map(({ name }) => name);
  return {
    at_s: result.samples.map(({ at_s }) => at_s),
    charts: chartsOf(result),
    faults: result.faults.map(({ nemesis, target, from_s, recovered_s }) => ({
      name: nemesis.name,
      kind: names.indexOf(nemesis.name),
      target,
      from_s,
      recovered_s,
    })),
  };
}

/** JSON that cannot end its script. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
