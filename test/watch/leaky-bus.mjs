// The Go bus with a leak: `node leaky-bus.mjs <port>`. From SIGUSR2 on it takes 8 MB again and again,
// until it has 160 MB more than before.
import '../support/go-bus.mjs';

const kept = [];
process.on('SIGUSR2', () => {
  const timer = setInterval(() => {
    kept.push(Buffer.alloc(8 * 2 ** 20, 1));
    if (kept.length === 20) clearInterval(timer);
  }, 25);
});
