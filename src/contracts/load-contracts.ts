import { OrionError } from '../problems/index.js';
import { ContractSet } from './contract-set.js';
import type { Contracts } from './contracts.js';
import { type Fault, readSchemaFiles, type SchemaFile } from './schema-files.js';
import { Validators } from './validators.js';

interface LoadOptions {
  readonly directory: string;
  /** True makes a `format` that does not hold a violation; by default it is a warning. */
  readonly strictFormats?: boolean;
}

/**
 * Reads and compiles every `<type>.schema.json` of a directory, once.
 * @throws OrionError of kind `validation` that names every file which cannot be used.
 */
export async function loadContracts(options: LoadOptions): Promise<Contracts> {
  const { files, faults } = await readSchemaFiles(options.directory);
  const usable = files.filter((file) => !faults.some((fault) => fault.file === file.path));
  const validators = new Validators(usable);
  const all = [...faults, ...duplicateIds(files), ...validators.faults];
  if (all.length > 0) throw unusable(options.directory, all);
  return new ContractSet(files, validators, options.strictFormats ?? false);
}

function duplicateIds(files: readonly SchemaFile[]): readonly Fault[] {
  const first = new Map<string, SchemaFile>();
  const faults: Fault[] = [];
  for (const file of files) {
    const id = file.schema['$id'];
    if (typeof id !== 'string') continue;
    const other = first.get(id);
    if (other === undefined) first.set(id, file);
    else faults.push({ file: file.path, text: `has the same $id as ${other.path}` });
  }
  return faults;
}

function unusable(directory: string, faults: readonly Fault[]): OrionError {
  const list = faults.map((fault) => `${fault.file} ${fault.text}`).join('; ');
  return new OrionError({
    kind: 'validation',
    code: 'contracts.unusable',
    message: `The contracts in ${directory} cannot be used: ${list}`,
    hint: 'No contract was loaded, and no message was judged or published.',
    next: ['orion-bus contracts check'],
  });
}
