interface Described {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly unknown[];
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: unknown }[];
  readonly requestBody?: { content: Record<string, { schema: unknown }> };
  readonly responses: Readonly<Record<string, { content?: Record<string, { schema: unknown }> }>>;
}

/** One plain page without scripts, made from an OpenAPI description. */
export function documentationPage(description: Record<string, unknown>): string {
  const paths = description['paths'] as Record<string, Record<string, Described>>;
  const sections = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => section(method.toUpperCase(), path, described)),
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Naru API</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #1d2733; }
  details { border: 1px solid #d5dbe2; border-radius: 6px; margin: .5rem 0; padding: .5rem .75rem; }
  summary { cursor: pointer; }
  code { font: 14px/1.5 ui-monospace, monospace; }
  pre { background: #f5f7f9; border-radius: 6px; padding: .75rem; overflow-x: auto; }
  b { display: inline-block; min-width: 4rem; }
</style>
<h1>Naru</h1>
<p>All but the public operations need <code>Authorization: Bearer …</code> from <code>/login</code>. Errors are RFC 9457
problem details. The same for machines: <a href="/openapi.json">openapi.json</a>.</p>
${sections.join('\n')}
</html>
`;
}

function section(method: string, path: string, described: Described): string {
  const parameters = described.parameters.map(({ name, in: where, required, schema }) =>
    block(`${name} (${where}${required ? '' : ', optional'})`, schema),
  );
  const body = Object.values(described.requestBody?.content ?? {}).map(({ schema }) => block('Body', schema));
  const answers = Object.entries(described.responses)
    .filter(([status]) => /^\d+$/.test(status))
    .map(([status, { content }]) => block(`Answer ${status}`, Object.values(content ?? {})[0]?.schema));
  const access = described.security.length === 0 ? ' · public' : '';
  return `<details>
<summary><b>${method}</b> <code>${escaped(path)}</code> ${escaped(described.summary)}${access}</summary>
${[...parameters, ...body, ...answers].join('\n')}
</details>`;
}

function block(title: string, schema: unknown): string {
  const shown =
    schema === undefined ? '' : `<pre><code>${escaped(JSON.stringify(schema, null, 2))}</code></pre>`;
  return `<p>${escaped(title)}</p>${shown}`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
