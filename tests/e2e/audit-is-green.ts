import { expect } from '@jest/globals';
import { audit } from '@naru/audit';
import type { ServiceName } from '@naru/contracts';
import type { Naru } from './naru';

const DRAIN_MS = 90_000;

/** Waits until all is at rest, at most so long, and lets every promise be judged. */
export async function auditIsGreen({ platform: { urls } }: Naru, drain_ms = DRAIN_MS): Promise<void> {
  const databaseUrl = (service: ServiceName) =>
    Object.assign(new URL(urls.databaseRoot), { pathname: `/naru_${service}` }).toString();
  const kafka = { brokers: urls.kafkaBrokers.split(',') };
  const report = await audit({ kafka, mailWebUrl: urls.mailWeb, databaseUrl }, { drain_ms });
  expect(report.findings.filter(({ violated }) => violated > 0)).toEqual([]);
  expect(report.isGreen).toBe(true);
}
