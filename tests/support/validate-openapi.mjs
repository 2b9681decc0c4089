// Validates the OpenAPI documents of a JSON array on standard input, and writes for each what is wrong with it. A
// process of its own, because the validator is an ES module, which jest does not load.
import { json } from 'node:stream/consumers';
import { Validator } from '@seriousme/openapi-schema-validator';

const results = [];
for (const document of await json(process.stdin)) {
  const validator = new Validator();
  try {
    const { valid, errors = [] } = await validator.validate(document);
    if (valid) validator.resolveRefs();
    results.push({ version: validator.version, errors: valid ? [] : [errors].flat() });
  } catch (error) {
    results.push({ version: validator.version, errors: [{ message: String(error) }] });
  }
}
console.log(JSON.stringify(results));
