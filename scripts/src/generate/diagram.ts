import { calls, entrance, services, topics, type ServiceName, type TopicDeclaration } from '@naru/contracts';

/** A Mermaid flowchart of services, topics and calls, as topology.ts declares them. */
export function diagram(): string {
  const lines = ['flowchart LR', `  client([client]) --> ${entrance}`];
  for (const name of Object.keys(services) as ServiceName[]) {
    const service = services[name];
    // What looks at all of it would only cover it with lines.
    if (service.isOperator) continue;
    lines.push(`  ${name}["${name} :${service.port}"]`);
    if (service.database) lines.push(`  ${name} --- ${name}_db[(${name} db)]`);
  }
  for (const [name, topic] of Object.entries<TopicDeclaration>(topics)) {
    const id = `topic_${name.replace(/\W/g, '_')}`;
    lines.push(`  ${id}{{${name}}}`, `  ${topic.producer} ==> ${id}`);
    for (const [consumer, types] of Object.entries(topic.consumers)) {
      lines.push(`  ${id} ==>|${types.join(', ')}| ${consumer}`);
    }
  }
  for (const [caller, callees] of Object.entries(calls) as [ServiceName, readonly ServiceName[]][]) {
    for (const callee of callees) lines.push(`  ${caller} -->|HTTP| ${callee}`);
  }
  return lines.join('\n');
}
