import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topicSpecifications, type ServiceName } from '@naru/contracts';
import { createDatabase, type Database } from '@naru/kernel';
import { startPlatform, type Platform, type PlatformOptions } from '@naru/scripts';
import { client, signUp, type Client, type User } from '../support/client';

const community: readonly ServiceName[] = ['gateway', 'user', 'board', 'point', 'email'];

/** A whole Naru of a test's own, on other ports, that may be hurt. */
export interface Naru {
  readonly platform: Platform;
  /** Root on the database server; tables are named `naru_<service>.<table>`. */
  readonly database: Database;
  readonly gateway: Client;
  /** Straight to a service, as another service would. */
  direct(service: ServiceName): Client;
  /** A new user, signed in. */
  newUser(name?: string): Promise<User>;
  /** Messages in the mail catcher, for one address or for all. */
  mails(recipient?: string): Promise<Mail[]>;
  stop(): Promise<void>;
}

export interface Mail {
  readonly subject: string;
  readonly to: readonly { readonly address: string }[];
  readonly messageId?: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** @param options the community's services unless it says which */
export async function startNaru(
  options: Partial<Pick<PlatformOptions, 'parts' | 'serviceEnv' | 'services'>> = {},
): Promise<Naru> {
  const directory = mkdtempSync(join(tmpdir(), 'naru-e2e-'));
  const platform = await startPlatform({
    directory,
    portOffset: 'free',
    topics: topicSpecifications(),
    services: community,
    ...options,
  });
  const root = new URL(platform.urls.databaseRoot);
  root.pathname = '/mysql';
  const database = createDatabase(root.toString(), 5);
  const gateway = client(platform.urls.gateway);
  let users = 0;
  return {
    platform,
    database,
    gateway,
    direct: (service) => client(platform.urls.service(service)),
    newUser(name = 'Somebody') {
      return signUp(gateway, `user-${++users}@example.com`, name);
    },
    async mails(recipient) {
      const response = await fetch(`${platform.urls.mailWeb}/api/email`);
      const all = (await response.json()) as Mail[];
      return recipient ? all.filter(({ to }) => to.some(({ address }) => address === recipient)) : all;
    },
    async stop() {
      await database.destroy();
      await platform.stop();
      if (process.env['NARU_KEEP']) console.log(`data and logs are kept in ${directory}`);
      else rmSync(directory, { recursive: true, force: true });
    },
  };
}
