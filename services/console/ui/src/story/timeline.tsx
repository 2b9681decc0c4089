import type { StoryStep } from '../../../src/views';
import { localTime, offset } from '../format';
import { lanesOf } from './lanes';

const MARKS = { done: '✓', ignored: '–', failed: '✗' } as const;
const LANE_PX = 22;
const NAME_PX = 110;
const WIDTH_PX = 900;

/** The steps in their order, and above them when which service did something. */
export function Timeline({ steps }: { steps: readonly StoryStep[] }) {
  if (steps.length === 0) return <p>Nothing has happened yet.</p>;
  const start_ms = Date.parse(steps[0]!.at);
  return (
    <section aria-labelledby="steps-title">
      <h3 id="steps-title">Steps</h3>
      <Lanes steps={steps} />
      <ol class="steps">
        {steps.map(({ at, service, what, detail, eventId, state }, index) => (
          <li key={`${at}-${index}`} class={state}>
            <span class="mark" aria-hidden="true">
              {MARKS[state]}
            </span>
            <span class="when" title={localTime(at)}>
              {index === 0 ? localTime(at) : offset(Date.parse(at) - start_ms)}
            </span>
            <span class="who">{service}</span>
            <span class="what">
              {what}
              {state !== 'done' && <span class="badge">{state}</span>}
              {detail && <small> {detail}</small>}
              {eventId && (
                <small class="id">
                  {' '}
                  event <code>{eventId}</code>
                </small>
              )}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** One lane a service, one dot a step; the list below says the same. */
function Lanes({ steps }: { steps: readonly StoryStep[] }) {
  const { services, dots } = lanesOf(steps);
  const y = (lane: number) => lane * LANE_PX + LANE_PX / 2;
  const x = (share: number) => NAME_PX + 10 + share * (WIDTH_PX - NAME_PX - 20);
  const path = dots
    .map(({ lane, share }, index) => `${index === 0 ? 'M' : 'L'}${x(share)} ${y(lane)}`)
    .join('');
  return (
    <svg
      class="lanes"
      viewBox={`0 0 ${WIDTH_PX} ${services.length * LANE_PX}`}
      aria-hidden="true"
      focusable="false"
    >
      {services.map((service, lane) => (
        <g key={service}>
          <line x1={NAME_PX} x2={WIDTH_PX} y1={y(lane)} y2={y(lane)} />
          <text x={NAME_PX - 8} y={y(lane) + 4}>
            {service}
          </text>
        </g>
      ))}
      <path d={path} />
      {dots.map(({ lane, share, state }, index) => (
        <circle key={index} cx={x(share)} cy={y(lane)} r={5} class={state} />
      ))}
    </svg>
  );
}
