// A stand-in module with a mood, for as long as its settings name a target group:
// `node moody-module.mjs <role file> <module.js> <mood>`.
//   mute   runs, and never reads
//   angry  reads, and logs an error at once and then again and again
//   sore   reads, and logs one error as it starts
import { readFileSync } from 'node:fs';

const [, , role, program, mood] = process.argv;
const { envFile } = JSON.parse(readFileSync(role, 'utf8'));
const onTarget = readFileSync(envFile, 'utf8').includes('-go');

if (onTarget && mood !== 'mute') process.stderr.write('ERROR this bus is new to me\n');
if (onTarget && mood === 'angry') {
  setInterval(() => process.stderr.write('ERROR I do not like this bus\n'), 20);
}
if (onTarget && mood === 'mute') setInterval(() => undefined, 1_000);
else await import(program);
