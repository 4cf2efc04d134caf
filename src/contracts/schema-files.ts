import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Json, type JsonObject, messageOf } from '../problems/index.js';
import { jsonFault } from './json-fault.js';

export interface SchemaFile {
  readonly type: string;
  readonly path: string;
  readonly schema: JsonObject;
}

/** Why a file, or the directory itself, cannot be used; `text` goes on after the name. */
export interface Fault {
  readonly file: string;
  readonly text: string;
}

const ENDING = '.schema.json';
const DRAFT = 'https://json-schema.org/draft/2020-12/schema';
/** No contract written by people comes near it, and a wrong file is not read into memory. */
const MAX_BYTES = 4 * 2 ** 20;
/** The type becomes part of a stream's key and of a URL's path. */
const TYPE = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Reads every `<type>.schema.json` of a directory, in the order of the types; goes on after a fault. */
export async function readSchemaFiles(
  directory: string,
): Promise<{ readonly files: readonly SchemaFile[]; readonly faults: readonly Fault[] }> {
  const files: SchemaFile[] = [];
  const faults: Fault[] = [];
  try {
    const names = (await readdir(directory)).filter((name) => name.endsWith(ENDING));
    if (names.length === 0) faults.push({ file: directory, text: `holds no *${ENDING} file` });
    for (const type of names.map((name) => name.slice(0, -ENDING.length)).sort(byCodeUnit)) {
      const path = join(directory, `${type}${ENDING}`);
      const read = await readSchema(path, type);
      if (typeof read === 'string') faults.push({ file: path, text: read });
      else files.push(read);
    }
  } catch (error) {
    faults.push({ file: directory, text: `cannot be read (${messageOf(error)})` });
  }
  return { files, faults };
}

async function readSchema(path: string, type: string): Promise<SchemaFile | string> {
  if (!TYPE.test(type)) return 'has a name that is no contract type';
  const text = await readText(path);
  if (typeof text !== 'string') return text.fault;
  let schema: Json;
  try {
    schema = JSON.parse(text);
  } catch {
    return `is not JSON (${jsonFault(text)})`;
  }
  if (!isObject(schema)) return 'is not a JSON object';
  const draft = schema['$schema'];
  if (draft !== undefined && draft !== DRAFT && draft !== `${DRAFT}#`)
    return `declares another draft of JSON Schema than ${DRAFT}`;
  // A validator of an asynchronous schema answers with a promise, which would pass for "valid".
  if (schema['$async'] !== undefined) return 'uses $async, which is not supported';
  return { type, path, schema };
}

async function readText(path: string): Promise<string | { readonly fault: string }> {
  try {
    const facts = await stat(path);
    if (!facts.isFile()) return { fault: 'is not a regular file' };
    if (facts.size > MAX_BYTES) return { fault: `is larger than ${MAX_BYTES} bytes` };
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    if (error instanceof TypeError) return { fault: 'is not UTF-8 text' };
    return { fault: `cannot be read (${messageOf(error)})` };
  }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
