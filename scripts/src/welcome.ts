import type { ServiceName } from '@naru/contracts';

import type { Platform } from './platform';
import type { Selection } from './selection';

/** What a person needs to know once everything is up. */
export function welcome(platform: Platform, { parts, services }: Selection): string {
  const { urls, ports } = platform;
  const shown: [boolean, string, string][] = [
    [services.includes('gateway'), 'gateway', urls.gateway],
    [services.includes('gateway'), 'API docs', `${urls.gateway}/docs`],
    [services.includes('console'), 'console', consoleUrl(platform)],
    ...services
      .filter((name) => name !== 'gateway' && name !== 'console')
      .map((name): [boolean, string, string] => [true, `${name} service`, addresses(platform, name)]),
    [parts.includes('mail'), 'mail page', urls.mailWeb],
    [parts.includes('prometheus'), 'prometheus', urls.prometheus],
    [parts.includes('registry'), 'schema registry', urls.registry],
    [parts.includes('kafka'), 'brokers', urls.kafkaBrokers],
    [parts.includes('redis'), 'redis', urls.redis],
    [
      parts.includes('database'),
      'database',
      `127.0.0.1:${ports.database}, accounts naru_<service> and root, passwords in ${platform.directory}/secrets/secrets.json`,
    ],
    [true, 'logs', platform.logsDirectory],
  ];
  const rows = shown.filter(([isThere]) => isThere).map(([, name, value]) => `  ${name.padEnd(21)}${value}`);
  return ['', 'Naru is ready.', '', ...rows, ...tryIt(platform, services), '', 'Ctrl-C stops it.'].join('\n');
}

/** With the token, which a browser keeps to itself: what is behind # is sent to nobody. */
function consoleUrl({ urls, secrets }: Platform): string {
  return `${urls.service('console')}/#token=${secrets.operatorToken}`;
}

function addresses(platform: Platform, service: ServiceName): string {
  const instances = platform.parts.filter((part) => part.name.startsWith(`${service}-`));
  return instances.map((_, index) => platform.urls.service(service, index + 1)).join(' ');
}

function tryIt(platform: Platform, services: readonly ServiceName[]): string[] {
  if (!services.includes('gateway') || !services.includes('user')) return [];
  const body = '{"email":"hana@example.com","name":"Hana","password":"crossing-the-river"}';
  return [
    '',
    'Try it:',
    `  curl -i ${platform.urls.gateway}/api/users/sign-up -H 'Content-Type: application/json' -d '${body}'`,
  ];
}
