import { services as declaredServices, type ServiceName } from '@naru/contracts';

import { UsageError } from './arguments';

type ServiceSettings = Readonly<Partial<Record<ServiceName, Readonly<Record<string, string>>>>>;

/**
 * Reads `--env notification.NOTIFICATION_FAIL_PREFIX=,payment.PROVIDER_DELAY_MS=500`: environment variables of single
 * services. A value cannot hold a comma. @throws UsageError
 */
export function parseServiceSettings(text: string | undefined): ServiceSettings {
  const settings: Partial<Record<ServiceName, Record<string, string>>> = {};
  for (const item of text?.split(',') ?? []) {
    const [, service, name, value] = /^([a-z-]+)\.([A-Z][A-Z0-9_]*)=(.*)$/.exec(item.trim()) ?? [];
    if (service === undefined || name === undefined || value === undefined)
      throw new UsageError(`--env has "${item}": service.NAME=value is expected`);
    if (!Object.hasOwn(declaredServices, service))
      throw new UsageError(`--env does not know the service "${service}"`);
    settings[service as ServiceName] = { ...settings[service as ServiceName], [name]: value };
  }
  return settings;
}

const TRACES_PATH = '/v1/traces';

/**
 * Reads `--otlp http://127.0.0.1:4318`: the base URL of a receiver of traces.
 * @returns the settings of every service; none without the flag
 * @throws UsageError
 */
export function parseOtlpEndpoint(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined) return {};
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash)
    throw new UsageError(`--otlp is "${text}": a URL such as http://127.0.0.1:4318 is expected`);
  if (url.pathname.endsWith(TRACES_PATH))
    throw new UsageError(`--otlp is "${text}": ${TRACES_PATH} is left out, services add it`);
  return { OTEL_EXPORTER_OTLP_ENDPOINT: text.replace(/\/+$/, '') };
}
