import { createHash } from 'node:crypto';
import { chmod, chown, link, mkdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  checkEdits,
  editSettings,
  readSetting,
  readSettingSide,
} from '../../src/settings/index.js';
import {
  editOf,
  NEW,
  OLD,
  openWorkplace,
  placeOf,
  refusalOf,
  type Workplace,
} from './workplace.js';

let workplace: Workplace;
beforeEach(async () => {
  workplace = await openWorkplace();
});
afterEach(() => workplace.remove());

const ROOT = process.geteuid?.() === 0;
const env = (value: string): string => `# memory\nA=1\nORION_BUS_GROUP=${value}\nB=2`;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('editSettings', () => {
  it('edits all files, keeps their mode and owner, leaves nothing behind, and tells the sums', async () => {
    const one = await workplace.put('one.env', env(OLD));
    const two = await workplace.put('two.yaml', `\uFEFFbus:\r\n  group: ${OLD}\r\n`);
    await chmod(one, 0o640);
    if (ROOT) await chown(one, 1234, 2345);
    const before = await stat(one);
    const result = await editSettings([editOf(placeOf(one)), editOf(placeOf(two, 'yaml'))]);
    expect(await workplace.text('one.env')).toBe(env(NEW));
    expect(await workplace.text('two.yaml')).toBe(`\uFEFFbus:\r\n  group: ${NEW}\r\n`);
    const after = await stat(one);
    expect([after.mode, after.uid, after.gid]).toEqual([before.mode, before.uid, before.gid]);
    expect(await workplace.names()).toEqual(['one.env', 'two.yaml']);
    expect(result[0]).toEqual({
      file: one,
      sha256Before: sha256(env(OLD)),
      sha256After: sha256(env(NEW)),
    });
  });

  it('edits several settings of one file, also by two names of it', async () => {
    const file = await workplace.put('m.env', `A=a\nB=b\n`);
    await symlink('m.env', workplace.path('link'));
    const result = await editSettings([
      { place: { file, format: 'env', key: 'A' }, from: 'a', to: 'aa' },
      { place: { file: workplace.path('link'), format: 'env', key: 'B' }, from: 'b', to: 'bb' },
      { place: { file, format: 'text', key: null }, from: 'B=bb', to: 'B=c' },
    ]);
    expect(await workplace.text('m.env')).toBe('A=aa\nB=c\n');
    expect(result).toHaveLength(1);
    expect(await readlink(workplace.path('link'))).toBe('m.env');
  });

  it('keeps bytes that are no UTF-8', async () => {
    const bytes = Buffer.from(`# gr\xfc\xdfe\nORION_BUS_GROUP=${OLD}\n`, 'latin1');
    const file = await workplace.put('old.env', bytes);
    await editSettings([editOf(placeOf(file))]);
    const reading = await readSetting(placeOf(file));
    expect(reading.value).toBe(NEW);
    await editSettings([editOf(placeOf(file), NEW, OLD)]);
    expect(Buffer.from(await workplace.text('old.env'))).toEqual(
      Buffer.from(bytes.toString('utf8')),
    );
    const yaml = await workplace.put('old.yaml', Buffer.from([0x61, 0x3a, 0xff]));
    expect(await refusalOf(checkEdits([editOf(placeOf(yaml, 'yaml'))]))).toMatchObject({
      code: 'settings.malformed',
    });
  });

  it('writes nothing when old and new value are the same, and nothing at all for checkEdits', async () => {
    const file = await workplace.put('m.env', env(OLD));
    const { ino } = await stat(file);
    const [same] = await editSettings([editOf(placeOf(file), OLD, OLD)]);
    expect(same?.sha256Before).toBe(same?.sha256After);
    const [checked] = await checkEdits([editOf(placeOf(file))]);
    expect(checked?.sha256After).toBe(sha256(env(NEW)));
    expect((await stat(file)).ino).toBe(ino);
    expect(await workplace.text('m.env')).toBe(env(OLD));
  });

  it('names file, key, expected and found, and changes nothing when one edit of several is refused', async () => {
    const good = await workplace.put('good.env', env(OLD));
    const other = await workplace.put('other.env', env('something-else'));
    const twice = await workplace.put('twice.env', `${env(OLD)}\n${env('x')}`);
    const none = await workplace.put('none.env', 'A=1\n');
    const files = [good, other, twice, none, workplace.path('absent.env')];
    const error = await refusalOf(editSettings(files.map((file) => editOf(placeOf(file)))));
    expect(error).toMatchObject({
      kind: 'prerequisite',
      exitCode: 1,
      code: 'settings.other-value',
    });
    expect(error.message.split('; ')).toEqual([
      `ORION_BUS_GROUP in ${other} is "something-else", expected "${OLD}"`,
      `ORION_BUS_GROUP is set in ${twice} 2 times ("${OLD}" in line 3, "x" in line 7), expected "${OLD}" once`,
      `ORION_BUS_GROUP is not set in ${none}, expected "${OLD}"`,
      `${workplace.path('absent.env')} does not exist, or is a link to nothing`,
      'nothing was changed',
    ]);
    expect(await workplace.text('good.env')).toBe(env(OLD));
    expect(await workplace.names()).toHaveLength(4);
  });

  it('says that the new value is there already', async () => {
    const file = await workplace.put('m.env', env(NEW));
    const { message } = await refusalOf(editSettings([editOf(placeOf(file))]));
    expect(message).toContain(`is "${NEW}" already, expected "${OLD}"`);
  });

  it('shows no secret', async () => {
    const file = await workplace.put('m.env', 'API_TOKEN=abc123\nURL=redis://me:abc123@h/0\n');
    const edits = ['API_TOKEN', 'URL'].map((key) =>
      editOf({ file, format: 'env' as const, key }, 'redis://me:abc123@x/0'),
    );
    expect((await refusalOf(editSettings(edits))).message).not.toContain('abc123');
  });

  it.each([
    ['a file without a write bit', 'settings.read-only', (file: string) => chmod(file, 0o444)],
    ['a second hard link', 'settings.read-only', (file: string) => link(file, `${file}.link`)],
    [
      'a directory in its place',
      'settings.not-a-file',
      async (file: string) => {
        await rm(file);
        await mkdir(file);
      },
    ],
    [
      'a socket in its place',
      'settings.not-a-file',
      async (file: string) => {
        await rm(file);
        const server = createServer();
        await new Promise<void>((resolve) => void server.listen(file, resolve));
        onTestFinished(() => void server.close());
      },
    ],
    [
      'a link in a circle',
      'settings.unreadable',
      async (file: string) => {
        await rm(file);
        await symlink(file, file);
      },
    ],
    [
      'a link to nothing',
      'settings.missing-file',
      async (file: string) => {
        await rm(file);
        await symlink('nothing', file);
      },
    ],
  ])('refuses %s', async (_, code, spoil) => {
    const file = await workplace.put('m.env', env(OLD));
    await spoil(file);
    const error = await refusalOf(editSettings([editOf(placeOf(file))]));
    expect(error).toMatchObject({ code, kind: 'prerequisite' });
    expect(error.message).toContain(file);
    expect(error.message).toMatch(/; nothing was changed$/);
  });

  it('refuses a directory without a write bit, also as root', async () => {
    await mkdir(workplace.path('etc'));
    const file = await workplace.put('etc/m.env', env(OLD));
    await chmod(workplace.path('etc'), 0o555);
    const error = await refusalOf(editSettings([editOf(placeOf(file))]));
    expect(error).toMatchObject({ code: 'settings.read-only' });
    expect(error.message).toContain(`read-only directory (${workplace.path('etc')}, mode 0555)`);
    await chmod(workplace.path('etc'), 0o755);
  });

  it.runIf(ROOT)('refuses what another user may not read, write or keep the owner of', async () => {
    const file = await workplace.put('m.env', env(OLD));
    const tryIt = async (mode: number): Promise<unknown> => {
      await chmod(workplace.directory, 0o777);
      await chmod(file, mode);
      process.seteuid?.(65_534);
      try {
        return (await refusalOf(editSettings([editOf(placeOf(file))]))).code;
      } finally {
        process.seteuid?.(0);
      }
    };
    expect(await tryIt(0o600)).toBe('settings.unreadable');
    expect(await tryIt(0o644)).toBe('settings.read-only');
    expect(await tryIt(0o666)).toBe('settings.read-only');
    expect(await workplace.text('m.env')).toBe(env(OLD));
  });
});

describe('readSettingSide', () => {
  it.each([
    ['env', (value: string) => env(value)],
    ['yaml', (value: string) => `bus: {group: "${value}"}`],
    ['json', (value: string) => `{"bus":{"group":"${value}"}}`],
    ['toml', (value: string) => `bus.group = "${value}"`],
    ['text', (value: string) => `-- ${value} --`],
  ] as const)('sees which side a %s setting points to', async (format, content) => {
    const side = async (value: string) => {
      const file = await workplace.put('m', content(value));
      return readSettingSide({ ...placeOf(file, format), source: OLD, target: NEW });
    };
    expect((await side(OLD)).side).toBe('source');
    expect((await side(NEW)).side).toBe('target');
    expect((await side('third')).side).toBe(format === 'text' ? 'unreadable' : 'other');
    await rename(workplace.path('m'), workplace.path('n'));
    const gone = await readSettingSide({
      ...placeOf(workplace.path('m'), format),
      source: OLD,
      target: NEW,
    });
    expect(gone).toMatchObject({
      side: 'unreadable',
      reading: { problem: { code: 'settings.missing-file' } },
    });
  });
});
