export { audit } from './audit';
export { parseHistory } from './history';
export { formatReport } from './report';
export * from './types';
