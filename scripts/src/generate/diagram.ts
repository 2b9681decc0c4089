import { calls, entrance, services, topics, type ServiceName, type TopicDeclaration } from '@naru/contracts';

/** A Mermaid flowchart of services, topics and calls, as topology.ts declares them. */
export function diagram(): string {
  const lines = ['flowchart LR', `  client([client]) --> ${entrance}`];
  for (const [name, service] of Object.entries(services)) {
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
