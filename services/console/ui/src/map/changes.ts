import type { Overview } from '../../../src/views';
import { plural } from '../format';

/** What of an overview an operator would want to be told of, in words; nothing that changes all the time. */
export function changesBetween(before: Overview, now: Overview): string[] {
  return [...brokerChanges(before, now), ...serviceChanges(before, now), ...letterChanges(before, now)];
}

function brokerChanges(before: Overview, now: Overview): string[] {
  const wasUp = new Map(before.brokers.map(({ id, isUp }) => [id, isUp]));
  const moved = now.brokers
    .filter(({ id, isUp }) => wasUp.has(id) && wasUp.get(id) !== isUp)
    .map(({ id, isUp }) => `Broker ${id} is ${isUp ? 'up again' : 'down'}.`);
  const controller = now.kafka?.controller ?? null;
  const isOther = controller !== null && before.kafka?.controller !== controller;
  return isOther ? [...moved, `Broker ${controller} is the controller.`] : moved;
}

function serviceChanges(before: Overview, now: Overview): string[] {
  const readyIn = (overview: Overview) =>
    new Map(
      overview.services.map(({ name, instances }) => [
        name,
        `${instances.filter(({ isReady }) => isReady).length} of ${instances.length} ready`,
      ]),
    );
  const was = readyIn(before);
  return [...readyIn(now)]
    .filter(([name, ready]) => was.has(name) && was.get(name) !== ready)
    .map(([name, ready]) => `${name}: ${ready}.`);
}

function letterChanges(before: Overview, now: Overview): string[] {
  const were = new Map(before.topics.map(({ name, deadLetters }) => [name, deadLetters]));
  return now.topics
    .map(({ name, deadLetters }) => ({ name, more: deadLetters - (were.get(name) ?? deadLetters) }))
    .filter(({ more }) => more > 0)
    .map(({ name, more }) => `${plural(more, 'more dead letter')} of ${name}.`);
}
