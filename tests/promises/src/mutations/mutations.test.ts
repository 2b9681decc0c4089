import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { mutations } from '.';
import { checkEdits } from '../gate';
import { applyEdit } from '../mutation';

const repository = join(__dirname, '../../../..');
const kernel = join(repository, 'services/kernel/tsconfig.json');

test('each of the sixteen promises is broken by a mutation, in their order', () => {
  const promises = mutations.map(({ promise }) => promise);
  expect([...new Set(promises)]).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
  expect(promises).toEqual([...promises].sort((a, b) => a - b));
  expect(new Set(mutations.map(({ title }) => title)).size).toBe(mutations.length);
});

test('each mutation can be applied to the kernel as it is', () => {
  expect(() => checkEdits(mutations)).not.toThrow();
});

// A misspelt name would turn a test red as well, and say nothing of the promise.
test('each mutation compiles', () => {
  const { config } = ts.readConfigFile(kernel, (file) => ts.sys.readFile(file)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(kernel));
  // Each beside the file that it is made of, so that one program checks them all.
  const sources = new Map(
    mutations.map((mutation, index) => {
      const file = join(repository, mutation.file);
      return [file.replace(/\.ts$/, `.${index}.ts`), applyEdit(mutation, readFileSync(file, 'utf8'))];
    }),
  );
  const unused = { noUnusedLocals: false, noUnusedParameters: false };
  const compilation = { ...options, ...unused, noEmit: true, composite: false, incremental: false };
  const host = ts.createCompilerHost(compilation);
  const { fileExists, readFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  const program = ts.createProgram([...sources.keys()], compilation, host);
  const wrong = [...sources.keys()].flatMap((file, index) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText }) => {
      return `${mutations[index]?.title}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
  expect(program.getRootFileNames()).toHaveLength(mutations.length);
  expect(wrong).toEqual([]);
}, 300_000);
