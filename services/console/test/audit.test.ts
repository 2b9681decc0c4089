import { join } from 'node:path';
import { eventually, infrastructure } from '@naru/testing';
import { createAuditor } from '../src/audit/auditor';
import { makeDatabases, type Databases } from './naru';

/** The compiled one: it is a process of its own. */
const program = join(__dirname, '../dist/audit/child.js');
const AUDIT_MS = 50_000;

let databases: Databases;
beforeAll(async () => {
  databases = await makeDatabases();
});
afterAll(() => databases.destroy());

test('an audit that cannot be made says why, and another one may follow', async () => {
  const auditor = createAuditor(
    {
      kafka: { brokers: ['127.0.0.1:9'] },
      databaseUrls: {},
      mailWebUrl: undefined,
      schemaRegistryUrl: undefined,
    },
    Date.now,
    program,
  );
  expect(auditor.state()).toMatchObject({ running: false, isGreen: null });
  expect(auditor.start()).toMatchObject({ running: true });
  const { startedAt } = auditor.state();
  // A repeat joins the one that is under way.
  expect(auditor.start().startedAt).toBe(startedAt);
  const ended = await eventually('the end of the audit', () => !auditor.state().running && auditor.state());
  expect(ended).toMatchObject({ isGreen: null, findings: [] });
  expect(ended.error).toBeTruthy();
  expect(auditor.start()).toMatchObject({ running: true });
  auditor.stop();
  await eventually('the end of the second', () => !auditor.state().running);
});

test('an audit tells what it found', async () => {
  const auditor = createAuditor(
    {
      kafka: { brokers: infrastructure().kafkaBrokers.split(',') },
      databaseUrls: Object.fromEntries(databases.urls),
      mailWebUrl: undefined,
      schemaRegistryUrl: undefined,
    },
    Date.now,
    program,
  );
  auditor.start();
  const ended = await eventually(
    'the end of the audit',
    () => !auditor.state().running && auditor.state(),
    AUDIT_MS,
  );
  expect(ended.error).toBeNull();
  expect(ended.findings.map(({ invariant }) => invariant)).toContain('published');
});
