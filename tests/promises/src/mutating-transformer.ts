import { join, relative } from 'node:path';
import tsJest, { type TsJestTransformer } from 'ts-jest';
import { applyEdit, EDIT_VARIABLE, type Edit } from './mutation';

type Options = Parameters<typeof tsJest.createTransformer>[0];

const repository = join(__dirname, '../../..');
const edit = JSON.parse(process.env[EDIT_VARIABLE] ?? 'null') as Edit | null;

function edited(source: string, path: string): string {
  return edit && relative(repository, path) === edit.file ? applyEdit(edit, source) : source;
}

/**
 * ts-jest, except that one file may be compiled with an edit. The key of the compiled file is made of the edited
 * source, so what is cached for one mutation is never used for another, and all other files are compiled once.
 */
export default {
  createTransformer(options: Options): Pick<TsJestTransformer, 'process' | 'getCacheKey'> {
    const inner = tsJest.createTransformer(options);
    return {
      process: (source, path, more) => inner.process(edited(source, path), path, more),
      getCacheKey: (source, path, more) => inner.getCacheKey(edited(source, path), path, more),
    };
  },
};
