export * from './generated/events';
export * from './faults';
export * from './headers';
export * from './http/define';
export { openApi } from './http/openapi';
export { operations, type OperationId } from './http/operations';
export { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, Problem } from './http/schemas';
export * from './topology';
