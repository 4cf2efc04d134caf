import { createHash } from 'node:crypto';
import { OrionError } from '../problems/index.js';
import { editText } from './edit-text.js';
import { fileText } from './file-text.js';
import { Refusal } from './refusal.js';
import { type Replacement, replaceFiles } from './replace-files.js';
import type { EditedFile, SettingEdit, SettingProblem } from './setting-place.js';
import { assertReplaceable, readSettingsFile } from './settings-file.js';

/**
 * Replaces values in files, all or none. Mode, owner, comments, order, quotes and line ends stay.
 * @returns each file once, in the order in which it is first named.
 * @throws OrionError `settings.*` (kind prerequisite) listing every edit that cannot be made; then
 *   nothing was changed.
 */
export async function editSettings(edits: readonly SettingEdit[]): Promise<readonly EditedFile[]> {
  const planned = await plan(edits);
  const changing = planned.filter(({ found, bytes }) => !found.bytes.equals(bytes));
  await replaceFiles(changing);
  return planned.map(editedFile);
}

/** The same look at everything, with the same refusals, without writing. */
export async function checkEdits(edits: readonly SettingEdit[]): Promise<readonly EditedFile[]> {
  return (await plan(edits)).map(editedFile);
}

async function plan(edits: readonly SettingEdit[]): Promise<readonly Replacement[]> {
  const planned = new Map<string, Replacement>();
  const refused = new Map<string, SettingProblem>();
  for (const edit of edits) {
    try {
      const found = await readSettingsFile(edit.place.file);
      if (!planned.has(found.path)) await assertReplaceable(found);
      const { bytes } = planned.get(found.path) ?? found;
      const first = planned.get(found.path)?.found ?? found;
      planned.set(found.path, { found: first, bytes: editBytes(bytes, edit) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.set(error.message, error.problem);
    }
  }
  if (refused.size > 0) throw refusalOf([...refused.values()]);
  return [...planned.values()];
}

function editBytes(bytes: Buffer, edit: SettingEdit): Buffer {
  const { text, view, toBytes } = fileText(bytes, edit.place);
  return toBytes(editText(text, { ...edit, from: view(edit.from), to: view(edit.to) }));
}

function refusalOf(problems: readonly SettingProblem[]): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: problems[0]?.code ?? 'settings.refused',
    message: `${problems.map(({ message }) => message).join('; ')}; nothing was changed`,
    hint: 'Set the file right, or the settings of the module in the configuration, and run the command again.',
    next: ['orion-bus status'],
  });
}

function editedFile({ found, bytes }: Replacement): EditedFile {
  return { file: found.file, sha256Before: sha256(found.bytes), sha256After: sha256(bytes) };
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
