import { operations } from '@naru/contracts';
import { callService } from '@naru/kernel';

const ASK_DEADLINE_MS = 1_000;

export type IsRevoked = (jti: string, headers: Readonly<Record<string, string>>) => Promise<boolean>;

/**
 * Asks the user service whether a token was logged out, for when Redis does not answer or has come back empty.
 * If neither answers it throws InfrastructureError, for a token that may have been logged out must not pass.
 */
export function createRevocations(userServiceUrl: string): IsRevoked {
  return async (jti, headers) => {
    const limits = { deadline_ms: ASK_DEADLINE_MS };
    const input = { params: { jti }, headers };
    return (await callService(userServiceUrl, operations.getRevokedToken, input, limits)).revoked;
  };
}
