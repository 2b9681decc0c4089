import { stringify } from 'yaml';

const HEADER = '# Generated from services/contracts/src/topology.ts by `npm run generate`. Do not edit.\n';

/** A generated YAML file of one or more documents, formatted as prettier has it. */
export function yamlFile(documents: readonly object[]): string {
  const options = { lineWidth: 0, singleQuote: true, aliasDuplicateObjects: false };
  return HEADER + documents.map((document) => stringify(document, options)).join('---\n');
}
