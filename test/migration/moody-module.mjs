// A stand-in module with a mood: `node moody-module.mjs <role file> <module.js> <mood>`.
//   patient  waits for Redis before it does anything, as one that a supervisor starts again and again
// and for as long as its settings name a target group:
//   mute     runs, and never reads
//   angry    reads, and logs an error at once and then again and again
//   sore     reads, and logs one error as it starts
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const [, , role, program, mood] = process.argv;
const { envFile, redisUrl } = JSON.parse(readFileSync(role, 'utf8'));
const onTarget = readFileSync(envFile, 'utf8').includes('-go');

if (mood === 'patient') while (!(await answers(new URL(redisUrl)))) await pause(50);
if (onTarget && (mood === 'angry' || mood === 'sore')) {
  process.stderr.write('ERROR this bus is new to me\n');
}
if (onTarget && mood === 'angry') {
  setInterval(() => process.stderr.write('ERROR I do not like this bus\n'), 20);
}
if (onTarget && mood === 'mute') setInterval(() => undefined, 1_000);
else await import(program);

function answers({ hostname, port }) {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const settle = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', () => settle(true));
    socket.once('error', () => settle(false));
    setTimeout(settle, 500, false);
    socket.write('PING\r\n');
  });
}

function pause(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
