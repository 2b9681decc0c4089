import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parse } from 'yaml';

import { asProperties, brokerSettings } from './broker-settings';
import { accountStatements, databaseStatements } from './database-settings';
import { refusalOf } from './mail-refusals';
import { prometheusConfiguration } from './prometheus';
import { registryRecipe } from './registry';

const ports = [19092, 29092, 39092];
const controllerPorts = [19093, 29093, 39093];

describe('broker settings', () => {
  it('keep what is acknowledged on two brokers at least', () => {
    const settings = brokerSettings({ nodeId: 2, ports, controllerPorts, logDirectory: '/d' });
    expect(settings).toMatchObject({
      'default.replication.factor': 3,
      'min.insync.replicas': 2,
      'offsets.topic.replication.factor': 3,
      'transaction.state.log.min.isr': 2,
      'unclean.leader.election.enable': false,
      'auto.create.topics.enable': false,
      listeners: 'PLAINTEXT://127.0.0.1:29092,CONTROLLER://127.0.0.1:29093',
      'controller.quorum.voters': '1@127.0.0.1:19093,2@127.0.0.1:29093,3@127.0.0.1:39093',
    });
  });

  it('of a single broker ask for no more than it has', () => {
    const settings = brokerSettings({ nodeId: 1, ports: [1], controllerPorts: [2], logDirectory: '/d' });
    expect(settings).toMatchObject({ 'default.replication.factor': 1, 'min.insync.replicas': 1 });
  });

  it('are written as properties', () => {
    expect(asProperties({ a: 1, path: 'C:\\x', b: true })).toBe('a=1\npath=C:\\\\x\nb=true\n');
  });
});

describe('the schema registry', () => {
  it('keeps its ids in a file, written before they are told, and listens on this machine only', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'naru-registry-'));
    const program = {
      java: { executable: '/java', version: '25' },
      directory: '/program',
      starter: '/program/quarkus-run.jar',
    };
    try {
      const place = { port: 18081, healthPort: 18082, directory, logFile: '/log' };
      const recipe = registryRecipe({ ...place, program: async () => program });
      expect(recipe.ports).toEqual([18081, 18082]);
      const { environment } = await recipe.command();
      expect(environment).toMatchObject({
        APICURIO_DATASOURCE_URL: `jdbc:h2:file:${join(directory, 'registry')};WRITE_DELAY=0`,
        QUARKUS_HTTP_HOST: '127.0.0.1',
        QUARKUS_MANAGEMENT_HOST: '127.0.0.1',
      });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe('database accounts', () => {
  const account = { database: 'naru_user', account: 'naru_user', password: 'pw' };

  it('see their own database only, the underscore being no wildcard', () => {
    expect(databaseStatements(account)).toContain(
      "GRANT ALL PRIVILEGES ON `naru\\_user`.* TO 'naru_user'@'127.0.0.1';",
    );
  });

  it('are one statement to a line', () => {
    const lines = accountStatements('pw', [account]).trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(/^[A-Z].*;$/);
  });

  it.each(["a'b", 'a`b', '', 'a b', 'x'.repeat(65)])('refuse the name "%s"', (database) => {
    expect(() => databaseStatements({ ...account, database })).toThrow(RangeError);
  });
});

describe('the mail catcher', () => {
  it.each([
    ['a@refused.example', 550],
    ['A@Refused.Example', 550],
    ['a@deferred.example', 451],
    ['a@example.com', undefined],
    ['refused.example@example.com', undefined],
  ])('answers %s with %s', (address, code) => expect(refusalOf(address)?.responseCode).toBe(code));
});

describe('what Prometheus is told', () => {
  const configuration = parse(
    prometheusConfiguration({
      rulesFile: '/repository/alerts.yaml',
      targets: [
        { service: 'email', instance: 'email-1', port: 8089 },
        { service: 'email', instance: 'email-2', port: 8189 },
      ],
    }),
  ) as Record<string, unknown>;

  it('are all instances, each under its own labels', () => {
    expect(configuration['scrape_configs']).toEqual([
      {
        job_name: 'naru',
        honor_labels: true,
        static_configs: [
          { targets: ['127.0.0.1:8089'], labels: { service: 'email', instance: 'email-1' } },
          { targets: ['127.0.0.1:8189'], labels: { service: 'email', instance: 'email-2' } },
        ],
      },
    ]);
  });

  it('are the alert rules', () => {
    expect(configuration).toMatchObject({ rule_files: ['/repository/alerts.yaml'] });
  });
});
