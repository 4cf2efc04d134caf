/*
 * A setting is one value in one file of a module: what decides with which group, or to which bus,
 * it speaks. It is read and replaced where it stands; everything else in the file stays as it is,
 * byte for byte.
 */

export interface SettingPlace {
  /** A path; where it is a symbolic link, the file behind it is meant and the link stays. */
  readonly file: string;
  readonly format: 'env' | 'yaml' | 'json' | 'toml' | 'text';
  /**
   * env: the name of the variable. yaml, json, toml: the keys from the root, joined with dots; a
   * number takes an item of a list. text: null, the whole old and new string are compared.
   */
  readonly key: string | null;
}

export interface SettingEdit {
  readonly place: SettingPlace;
  /** The value that must be there, exactly once. */
  readonly from: string;
  readonly to: string;
}

/** The value of a setting, or why there is none that could be relied on. */
export type SettingReading =
  | { readonly value: string; readonly problem: null }
  | { readonly value: null; readonly problem: SettingProblem };

export interface SettingProblem {
  /** One of the codes that an edit is refused with, such as `settings.missing-key`. */
  readonly code: string;
  readonly message: string;
}

/** One file that an edit replaced, or would replace; the two sums are equal when nothing changes. */
export interface EditedFile {
  readonly file: string;
  readonly sha256Before: string;
  readonly sha256After: string;
}
