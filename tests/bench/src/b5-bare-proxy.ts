import { Agent, createServer, request, type IncomingHttpHeaders } from 'node:http';

/**
 * A proxy as one writes it with node:http alone: kept connections, streamed bodies, headers without those of the
 * connection, and an answer when the other side fails. Arguments: port, port of the service behind it.
 */
const [port, upstreamPort] = process.argv.slice(2) as [string, string];
const SOCKETS_MAX = 256;

const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX, noDelay: true });
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept: IncomingHttpHeaders = {};
  for (const name in headers) if (!hopByHop.has(name)) kept[name] = headers[name];
  return kept;
}

const server = createServer({ keepAliveTimeout: 75_000, noDelay: true }, (incoming, outgoing) => {
  const upstream = request(
    {
      agent,
      host: '127.0.0.1',
      port: upstreamPort,
      method: incoming.method,
      path: incoming.url,
      headers: endToEnd(incoming.headers),
    },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      answer.pipe(outgoing);
    },
  );
  upstream.on('error', () => {
    if (!outgoing.headersSent) outgoing.writeHead(502);
    outgoing.end();
  });
  incoming.pipe(upstream);
});
server.listen(Number(port), '127.0.0.1');
