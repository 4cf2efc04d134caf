import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JsonWriter, printableJson } from '../../src/report/index.js';

it('writes piece by piece what a whole document would be', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ name: fc.string(), rows: fc.array(fc.jsonValue()) })),
      (groups) => {
        const writer = new JsonWriter();
        let text = '';
        writer.member('v', 1);
        writer.open('[', 'groups');
        for (const { name, rows } of groups) {
          writer.open('{');
          writer.member('name', name);
          writer.open('[', 'rows');
          for (const row of rows) {
            writer.item(row);
            text += writer.take();
          }
          writer.close(writer.depth - 2);
        }
        writer.end();
        text += writer.take();
        expect(text).toBe(`${printableJson({ v: 1, groups })}\n`);
      },
    ),
  );
});

it('is a whole document also where it was ended half-way', () => {
  const writer = new JsonWriter();
  writer.open('[', 'groups');
  writer.open('{');
  writer.open('[', 'entries');
  writer.item({ id: '1-0' });
  writer.close(1);
  writer.member('ok', false);
  writer.end();
  expect(JSON.parse(writer.take())).toEqual({ groups: [{ entries: [{ id: '1-0' }] }], ok: false });
});
