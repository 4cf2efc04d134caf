import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Contracts, loadContracts } from '../../src/contracts/index.js';
import type { Json, JsonObject } from '../../src/problems/index.js';
import { command, PARAMETERS, SAMPLES, sampleOf, telemetry, VALUES } from './samples.js';

const DIRECTORY = join(import.meta.dirname, '../../contracts');
let contracts: Contracts;
beforeAll(async () => {
  contracts = await loadContracts({ directory: DIRECTORY });
});

const pointers = (type: string, message: Json): readonly string[] => {
  const result = contracts.check(type, message);
  return result.valid ? [] : result.violations.map((violation) => violation.pointer);
};
const without = (message: JsonObject, key: string): JsonObject =>
  Object.fromEntries(Object.entries(message).filter(([name]) => name !== key));

describe('the shipped contracts', () => {
  it('are the thirteen types, and the README lists each with its stream', async () => {
    expect(contracts.types).toEqual(SAMPLES.map((sample) => sample.type).toSorted());
    const readme = await readFile(join(DIRECTORY, 'README.md'), 'utf8');
    const rows = [...readme.matchAll(/^\| `([\w.]+)` +\| `orion:([\w.]+)` +\|/gm)];
    expect(new Set(rows.map((row) => row[1]))).toEqual(new Set(contracts.types));
    for (const [, type, stream] of rows) expect(stream).toBe(`${type}s`);
  });

  it('hold up in the strict reading of the schema language, each field described', async () => {
    for (const name of await readdir(DIRECTORY)) {
      if (!name.endsWith('.schema.json')) continue;
      const schema = JSON.parse(await readFile(join(DIRECTORY, name), 'utf8'));
      const ajv = new Ajv2020({ strict: true, strictTypes: false });
      ajvFormats.default(ajv);
      expect(() => ajv.compile(schema), name).not.toThrow();
      expect(schema.additionalProperties, name).toBe(false);
      for (const field of Object.values<JsonObject>(schema.properties))
        expect(field['description'], name).toBeTruthy();
    }
  });

  it.each(SAMPLES)('$type: accepts all fields, and each optional one left out', (sample) => {
    expect(contracts.check(sample.type, sample.message)).toEqual({ valid: true, warnings: [] });
    for (const key of sample.optional)
      expect(pointers(sample.type, without(sample.message, key)), key).toEqual([]);
  });

  it.each(SAMPLES)('$type: names each required field that is missing', (sample) => {
    for (const key of Object.keys(sample.message)) {
      if (sample.optional.includes(key)) continue;
      expect(pointers(sample.type, without(sample.message, key)), key).toEqual([`/${key}`]);
    }
  });

  it.each(SAMPLES)('$type: names an unknown field', (sample) => {
    expect(contracts.check(sample.type, { ...sample.message, colour: 1 })).toMatchObject({
      violations: [{ pointer: '/colour', message: 'unknown key "colour"' }],
    });
  });

  it.each([
    ['event', '/version', '1.1'],
    ['event', '/source', 'orion-Core'],
    ['event', '/severity', 'fatal'],
    ['event', '/data', []],
    ['event', '/tags/room', 1],
    ['incident', '/source', 'orion-brain'],
    ['incident', '/event_ids', []],
    ['incident', '/correlation_window/middle', 'x'],
    ['decision', '/reasoning', 'too short'],
    ['decision', '/requires_approval', 'yes'],
    ['decision', '/autonomy_level', 'N4'],
    ['decision', '/proposed_action/why', 'x'],
    ['action', '/safety_classification', 'UNKNOWN'],
    ['outcome', '/execution_time_ms', -1],
    ['outcome', '/execution_time_ms', 0.5],
    ['outcome', '/error/stack', 'x'],
    ['approval_request', '/requested_action/reasoning', 'too short'],
    ['approval_decision', '/reason', ''],
    ['validation', '/confidence', 1.01],
    ['validation', '/validators_used/0', 'oracle'],
    ['edge.command', '/device_id', 'Rover 1'],
    ['edge.health', '/safety_state/watchdog_remaining_ms', -1],
    ['inference.request', '/source', ''],
    ['inference.request', '/messages', []],
    ['inference.request', '/messages/0/role', 'robot'],
    ['inference.response', '/prompt_tokens', -1],
  ] as const)('%s: refuses %s = %j', (type, pointer, value) => {
    expect(pointers(type, changed(sampleOf(type), pointer, value))).toEqual([pointer]);
  });
});

describe('edge.command and edge.telemetry', () => {
  it('accept what belongs to each type, and no parameters at all', () => {
    for (const [type, parameters] of Object.entries(PARAMETERS)) {
      expect(pointers('edge.command', command(type, parameters)), type).toEqual([]);
      expect(pointers('edge.command', command(type)), type).toEqual([]);
    }
    for (const [type, value] of Object.entries(VALUES))
      expect(pointers('edge.telemetry', telemetry(type, value)), type).toEqual([]);
  });

  it('accept empty parameters for STOP and STATUS, and for no other', () => {
    expect(pointers('edge.command', command('STOP', {}))).toEqual([]);
    expect(pointers('edge.command', command('STATUS', {}))).toEqual([]);
    expect(pointers('edge.command', command('MOVE', {}))).toContain('/parameters/direction');
    expect(pointers('edge.command', command('CALIBRATE', {}))).toEqual([
      '/parameters/calibration_type',
    ]);
  });

  it('refuse the content of another type', () => {
    for (const type of Object.keys(PARAMETERS)) {
      for (const [other, parameters] of Object.entries(PARAMETERS)) {
        const same = other === type || Object.keys(parameters).length === 0;
        if (!same) expect(pointers('edge.command', command(type, parameters))).not.toEqual([]);
      }
    }
    for (const type of Object.keys(VALUES)) {
      for (const [other, value] of Object.entries(VALUES))
        if (other !== type)
          expect(pointers('edge.telemetry', telemetry(type, value))).not.toEqual([]);
    }
  });

  it.each([
    ['POSITION', 'heading', 360.5],
    ['BATTERY', 'level', 50.5],
    ['BATTERY', 'voltage', -1],
    ['SERVO_STATUS', 'servo_id', 18],
    ['SERVO_STATUS', 'load', 1.5],
    ['NETWORK', 'latency_ms', -1],
  ] as const)('%s: refuses %s = %d, and a field left out or added', (type, key, value) => {
    const good: JsonObject = VALUES[type];
    const at = [`/value/${key}`];
    expect(pointers('edge.telemetry', telemetry(type, { ...good, [key]: value }))).toEqual(at);
    expect(pointers('edge.telemetry', telemetry(type, without(good, key)))).toEqual(at);
    expect(pointers('edge.telemetry', telemetry(type, { ...good, more: 1 }))).toEqual([
      '/value/more',
    ]);
  });

  it.each([
    ['MOVE', { direction: 'up', speed: 1, duration_ms: 1 }, '/parameters/direction'],
    ['MOVE', { direction: 'left', speed: 1.1, duration_ms: 1 }, '/parameters/speed'],
    ['MOVE', { direction: 'left', speed: 1, duration_ms: 30001 }, '/parameters/duration_ms'],
    ['STOP', { reason: 'x'.repeat(256) }, '/parameters/reason'],
    ['STATUS', { verbose: true }, '/parameters/verbose'],
  ])('%s: refuses %j', (type, parameters, pointer) => {
    expect(pointers('edge.command', command(type, parameters))).toEqual([pointer]);
  });
});

/** The message with another value at a pointer. */
function changed(message: Json, pointer: string, value: Json): Json {
  const [, key, ...rest] = pointer.split('/');
  if (key === undefined) return value;
  const below = rest.length === 0 ? '' : `/${rest.join('/')}`;
  if (Array.isArray(message))
    return message.map((item, index) =>
      String(index) === key ? changed(item, below, value) : item,
    );
  const members = new Map<string, Json>(Object.entries(message ?? {}));
  members.set(key, changed(members.get(key) ?? null, below, value));
  return Object.fromEntries(members);
}
