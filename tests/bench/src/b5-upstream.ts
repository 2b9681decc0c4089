import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

/**
 * What the gateway and the bare proxy stand in front of: it answers with the header and the size of our services'
 * small answers, and does nothing else, so that the time measured is that of what stands in front of it.
 * Arguments: port, file with the JWKS.
 */
const [port, jwksFile] = process.argv.slice(2) as [string, string];
const jwks = readFileSync(jwksFile);

const boards = Array.from({ length: 3 }, (_, index) => ({
  boardId: 4711 - index,
  title: `Crossing number ${index}`,
  content: 'Things arrive and leave, and nothing is lost in the crossing.',
  user: { userId: 42, name: 'Hana' },
  createdAt: '2026-11-20T20:02:10.752287Z',
}));
const answer = Buffer.from(JSON.stringify(boards));

createServer({ keepAliveTimeout: 75_000, noDelay: true }, (request, response) => {
  const body = request.url === '/.well-known/jwks.json' ? jwks : answer;
  response.writeHead(200, {
    'X-Request-Id': request.headers['x-request-id'] ?? 'none',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.length,
  });
  response.end(body);
}).listen(Number(port), '127.0.0.1');
