export { checkEdits, editSettings } from './edit-settings.js';
export { readSetting, readSettingSide } from './read-setting.js';
export type {
  EditedFile,
  SettingEdit,
  SettingPlace,
  SettingReading,
} from './setting-place.js';
