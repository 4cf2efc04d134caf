import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plugin, settings } from '@oclif/core';

/*
 * Part of the build: writes oclif.manifest.json, which holds what every command takes and says of
 * itself. With it a command line loads its own command and no other, and help loads none.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
settings.enableAutoTranspile = false;
const plugin = new Plugin({ root, ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
await writeFile(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest)}\n`);
