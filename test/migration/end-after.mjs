// Ends the process that loads it, as a kill -9 does, right after its n-th effect on the world:
// `node --import end-after.mjs …` with END_AFTER=<n>. Without END_AFTER it ends nothing, and writes
// what it has counted, one line each, to the file named by EFFECTS.
//
// An effect is an answer of Redis, a write to the journal (`torn`: half of one), a sync of a file to
// the disk, a renaming, or a program that has been run.
import childProcess from 'node:child_process';
import fs from 'node:fs';
import fsPromises, { open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { Redis } from 'ioredis';

const at = Number(process.env['END_AFTER'] ?? 0);
const list = process.env['EFFECTS'];
let count = 0;

function happened(kind, what) {
  count += 1;
  if (list !== undefined) fs.appendFileSync(list, `${count}\t${kind}\t${what}\n`);
  if (count === at) process.kill(process.pid, 'SIGKILL');
}

// First in line for the answer, so that nothing can be done with it any more.
const { sendCommand } = Redis.prototype;
Redis.prototype.sendCommand = function send(command, ...rest) {
  const what = command.name === 'eval' ? scriptOf(command.args) : command.name;
  const ended = () => happened('redis', what);
  command.promise.then(ended, ended);
  return sendCommand.call(this, command, ...rest);
};

const { writeSync } = fs;
fs.writeSync = (file, bytes, ...rest) => {
  const record = Buffer.isBuffer(bytes) ? recordOf(bytes) : null;
  if (record === null) return writeSync(file, bytes, ...rest);
  if (count + 1 === at) writeSync(file, bytes.subarray(0, bytes.length / 2));
  happened('torn', record);
  const written = writeSync(file, bytes, ...rest);
  happened('write', record);
  return written;
};

const { rename } = fsPromises;
fsPromises.rename = async (from, to) => {
  await rename(from, to);
  happened('rename', to.slice(to.lastIndexOf('/') + 1));
};

const handle = await open(process.execPath);
const FileHandle = Object.getPrototypeOf(handle);
await handle.close();
const { sync } = FileHandle;
FileHandle.sync = async function synced() {
  await sync.call(this);
  happened('sync', '');
};

const { spawn } = childProcess;
childProcess.spawn = (program, args, ...rest) => {
  const child = spawn(program, args, ...rest);
  child.prependListener('exit', () => happened('program', verbOf(args)));
  return child;
};
syncBuiltinESMExports();

/** The first line of a script's own description tells it apart. */
function scriptOf([script]) {
  const [line = ''] = /-- KEYS: .*/.exec(String(script)) ?? [];
  return `eval ${line.slice('-- KEYS: '.length, 60)}`;
}

function recordOf(bytes) {
  try {
    const { type, step = '' } = JSON.parse(bytes.toString());
    return typeof type === 'string' ? `${type} ${step}` : null;
  } catch {
    return null;
  }
}

/** Of a yard's verb: `behind-verb.sh <directory> <verb> …`. */
function verbOf(args) {
  return String(args?.[2] ?? '');
}
