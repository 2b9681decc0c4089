import { effect, type ReadonlySignal } from '@preact/signals';
import { isMotionReduced } from '../theme';

/** Pixels from dot to dot; style.css has it as the dash of `.flow`. */
const GAP_PX = 28;
const PASS_MS = 1_600;
/** A dot moves in steps of two pixels, so that a slow edge is painted a few times a second and not sixty. */
const STEPS = GAP_PX / 2;

/**
 * Lets dots run along a path, the faster and larger the more events a second there are; none when there are
 * none. A reader who wants no motion sees dots that stand still. Answers what ends it.
 */
export function runDots(path: SVGPathElement, perSecond: ReadonlySignal<number>): () => void {
  let running: Animation | undefined;
  const end = () => {
    running?.cancel();
    running = undefined;
  };
  const dispose = effect(() => {
    const busy = perSecond.value > 0;
    path.classList.toggle('busy', busy);
    if (!busy || isMotionReduced.value) return end();
    running ??= path.animate([{ strokeDashoffset: `${GAP_PX}px` }, { strokeDashoffset: '0px' }], {
      duration: PASS_MS,
      iterations: Infinity,
      easing: `steps(${STEPS})`,
    });
    running.updatePlaybackRate(speedOf(perSecond.value));
    path.style.strokeWidth = `${4 + Math.min(3, Math.log10(1 + perSecond.value))}px`;
  });
  return () => {
    dispose();
    end();
  };
}

/** 0.5 at a few events a minute, 1 at one a second, 2 at thirty, 3 at a thousand. */
export function speedOf(perSecond: number): number {
  return Math.min(3.5, 0.5 + Math.log10(1 + 2 * perSecond));
}
