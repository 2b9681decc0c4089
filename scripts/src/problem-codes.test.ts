import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  operations,
  problems,
  services,
  type Operation,
  type ProblemCode,
  type ServiceName,
} from '@naru/contracts';

const root = join(__dirname, '../../services');
/** The kernel and the gateway refuse what contracts/http/answers.ts says of every operation. */
const common = ['kernel', 'gateway'];

/** The codes that a folder's sources name as literals. */
function codesIn(folder: string): Set<ProblemCode> {
  const files = readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const text = sources.map((file) => readFileSync(join(root, folder, 'src', file), 'utf8')).join('\n');
  const literals = [...text.matchAll(/'([a-z][a-z-]*)'/g)].map(([, literal]) => literal!);
  return new Set(literals.filter((literal): literal is ProblemCode => Object.hasOwn(problems, literal)));
}

const names = (Object.keys(services) as ServiceName[]).filter(
  (name) => !common.includes(name) && name !== 'console',
);

test.each(names)('%s refuses for the reasons that its operations declare, and for no others', (name) => {
  const own = Object.values<Operation>(operations).filter(({ service }) => service === name);
  const declared = new Set(own.flatMap((operation) => operation.problems ?? []));
  const ofAll = new Set(common.flatMap((folder) => [...codesIn(folder)]));
  const used = codesIn(name);
  expect([...used].filter((code) => !declared.has(code) && !ofAll.has(code))).toEqual([]);
  expect([...declared].filter((code) => !used.has(code))).toEqual([]);
});

test('no reason is declared that nobody has', () => {
  const used = new Set([...common, ...names].flatMap((folder) => [...codesIn(folder)]));
  const patterned: ProblemCode[] = ['path-malformed', 'query-malformed'];
  expect(
    (Object.keys(problems) as ProblemCode[]).filter((code) => !used.has(code) && !patterned.includes(code)),
  ).toEqual([]);
});
