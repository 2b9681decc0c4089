export { audit } from './audit';
export { formatReport } from './report';
export * from './types';
