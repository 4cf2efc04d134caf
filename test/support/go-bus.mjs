// Stands for the Go bus, which has one endpoint and nothing else: `node go-bus.mjs <port>`.
import { createServer } from 'node:http';

createServer((request, response) => {
  const found = request.url === '/health';
  response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
  response.end(found ? '{"status":"ok","service":"orion-bus-go","version":"1.0.0"}' : '{}');
}).listen(Number(process.argv[2]), '127.0.0.1');
