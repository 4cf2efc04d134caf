import { describe, expect, it } from 'vitest';
import {
  cell,
  figureColumn,
  line,
  nameColumn,
  type Table,
  textColumn,
  wholeColumn,
} from '../../src/report/index.js';
import { renderPage } from '../../src/ui/index.js';
import { cutText, textWidth, wrapText } from '../../src/ui/text-width.js';

const plain = (width: number) => ({ width, colour: false });

describe('a line', () => {
  it('is wrapped under its own beginning, words kept whole', () => {
    const long = line('warn  group.memory: the group is not read by anybody since an hour', {
      indent: 2,
    });
    expect(renderPage([long], plain(40))).toBe(`  warn  group.memory: the group is not
        read by anybody since an hour
`);
    const path = '/var/lib/orion-bus/parked/orion:events/group/1700000000000-0.json';
    expect(renderPage([line(`see ${path}`)], plain(30))).toBe(`see\n${path}\n`);
  });

  it('is left whole when it is to be copied', () => {
    const command = 'next: orion-bus rollback --phase 2 --module memory --config /etc/orion.yaml';
    expect(renderPage([line(command, { whole: true })], plain(30))).toBe(`${command}\n`);
  });

  it('has a tone only where there are colours', () => {
    const bad = line('It failed.', { tone: 'bad' });
    expect(renderPage([bad], plain(80))).toBe('It failed.\n');
    expect(renderPage([bad], { width: 80, colour: true })).toBe('\u001b[31mIt failed.\u001b[39m\n');
  });
});

describe('a table', () => {
  const table: Table = {
    kind: 'table',
    columns: [wholeColumn('ID'), nameColumn('GROUP'), figureColumn('LAG'), textColumn('MESSAGE')],
    rows: [
      [cell('1700000000000-0'), cell('orion-memory-group'), cell('5'), cell('short')],
      [
        cell('1700000000000-12'),
        cell('orion-approval-group-go'),
        cell('12,345', 'bad'),
        cell('x'.repeat(200)),
      ],
    ],
    empty: 'Nothing.',
  };

  it('is aligned, and cut where nothing is lost that tells rows apart', () => {
    expect(
      renderPage([table], plain(64)),
    ).toBe(`ID                GROUP                  LAG  MESSAGE
1700000000000-0   orion-memory-group       5  short
1700000000000-12  orion-app…group-go  12,345  xxxxxxxxxxxxxxxxx…
`);
  });

  it('may have headings, which are no part of any column', () => {
    const headed: Table = {
      ...table,
      columns: [nameColumn('A'), wholeColumn('B')],
      rows: [[cell('a heading that is long')], [cell('x'), cell('1')]],
    };
    expect(renderPage([headed], plain(80))).toBe('A  B\na heading that is long\nx  1\n');
    expect(renderPage([headed], plain(12))).toBe('A  B\na head… long\nx  1\n');
  });

  it.each([40, 60, 80, 100, 200])('keeps to %i columns', (width) => {
    const longest = Math.max(...renderPage([table], plain(width)).split('\n').map(textWidth));
    // Ids and figures are never cut: below what they need the table is as narrow as it can be.
    expect(longest).toBeLessThanOrEqual(Math.max(width, 46));
  });

  it('has the same layout with colours', () => {
    const painted = renderPage([table], { width: 80, colour: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what goes
    expect(painted.replaceAll(/\u001b\[\d+m/g, '')).toBe(renderPage([table], plain(80)));
    expect(painted).toContain('\u001b[31m');
  });

  it('counts wide and combining characters as the terminal does', () => {
    const wide: Table = {
      ...table,
      columns: [nameColumn('A'), wholeColumn('B')],
      rows: [
        [cell('漢字'), cell('1')],
        [cell('e\u0301té'), cell('2')],
      ],
    };
    expect(renderPage([wide], plain(80))).toBe('A     B\n漢字  1\ne\u0301té   2\n');
  });

  it('shows hostile cells on one row', () => {
    const hostile: Table = {
      ...table,
      columns: [nameColumn('A')],
      rows: [[cell('a\nb\u001b[2J')]],
    };
    expect(renderPage([hostile], plain(80))).toBe('A\na\\nb\\x1b[2J\n');
  });

  it('says so when it is empty', () => {
    expect(renderPage([{ ...table, rows: [] }], plain(80))).toBe('Nothing.\n');
    expect(renderPage([], plain(80))).toBe('');
  });
});

describe('widths', () => {
  it.each<[text: string, width: number, where: 'middle' | 'end', cut: string]>([
    ['orion-memory-group-go', 30, 'middle', 'orion-memory-group-go'],
    ['orion-memory-group-go', 11, 'middle', 'orion…up-go'],
    ['orion-memory-group-go', 11, 'end', 'orion-memo…'],
    ['漢字漢字', 5, 'end', '漢字…'],
    ['漢字漢字', 4, 'end', '漢…'],
    ['abc', 1, 'end', '…'],
    ['abc', 0, 'end', ''],
  ])('%s in %i columns', (text, width, where, cut) => {
    expect(cutText(text, width, where)).toBe(cut);
  });

  it('of wrapped text', () => {
    expect(wrapText('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapText('', 7)).toEqual(['']);
  });
});
