import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

export interface StateDirectoryHost {
  readonly isRoot: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** `/var/lib/orion-bus`, unless a test brings its own. */
  readonly systemDirectory?: string;
}

/**
 * Where the journal is kept when nobody says: the system's directory for root, and for whoever may
 * write there; else the user's own. Nothing is created.
 */
export async function defaultStateDirectory(host: StateDirectoryHost): Promise<string> {
  const { isRoot, env, systemDirectory = '/var/lib/orion-bus' } = host;
  if (isRoot || (await isWritable(systemDirectory))) return systemDirectory;
  const stateHome = env['XDG_STATE_HOME'] ?? '';
  // The XDG specification says that a relative path is to be ignored.
  if (isAbsolute(stateHome)) return join(stateHome, 'orion-bus');
  return join(env['HOME'] || homedir(), '.local', 'state', 'orion-bus');
}

async function isWritable(directory: string): Promise<boolean> {
  try {
    await access(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
