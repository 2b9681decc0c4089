export { REVOCATIONS_COMPLETE_KEY, revokedTokenKey, type TokenClaims, type TokenUser } from './claims';
export type { Jwk, Jwks } from './jwk';
export { loadSigningKeys, type TokenIssuer } from './signing-keys';
export { createTokenVerifier, type TokenVerifier } from './verifier';
