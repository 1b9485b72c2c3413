import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Writes the hour and its review copy; cargo puts it there. */
const TOLD_TIME = fileURLToPath(new URL("../../target/debug/examples/told_time", import.meta.url));

// The numbers of `gpu-worker/examples/told_time`.
const MINUTE_HZ = 500;
const SECOND_HZ = 2_200;
const STEP_HZ = 25;
const STEPS = 60;
const RISE_FROM_HZ = 4_000;
const RISE_HZ = 1_500;

export const HOUR_S = 3_600;

/** Sound that tells its time, and what tells it: long enough to keep steps of 25 Hz apart. */
const EXCERPT_S = 0.1;
/** The rise is looked for in steps of this; 5 Hz are 3 ms. */
const RISE_STEP_HZ = 5;
/** A tone that tells anything stands this far above the average of its steps. */
const CLEAR = 8;

export async function makeHour(original: string, copy: string) {
  await promisify(execFile)(TOLD_TIME, [original, copy]);
}

/**
 * The moment at which a sound begins, in seconds, as the sound itself tells it; undefined where it tells
 * nothing clear. The first excerpt that lies within one second is read, and what came before it is taken off.
 */
export function toldTime(sound: Float32Array, rate: number): number | undefined {
  const length = Math.round(EXCERPT_S * rate);
  for (let from = 0; from + length <= sound.length; from += length / 2) {
    const excerpt = sound.subarray(from, from + length);
    const minute = loudestTone(excerpt, rate, MINUTE_HZ, STEP_HZ, STEPS);
    const second = loudestTone(excerpt, rate, SECOND_HZ, STEP_HZ, STEPS);
    // Made level, the rise is a tone of the pitch that it has at the excerpt's beginning.
    const rise = loudestTone(excerpt, rate, RISE_FROM_HZ, RISE_STEP_HZ, RISE_HZ / RISE_STEP_HZ, RISE_HZ);
    if (minute === undefined || second === undefined || rise === undefined) continue;
    const within = (rise * RISE_STEP_HZ) / RISE_HZ;
    if (within + EXCERPT_S > 1) continue;
    return minute * 60 + second + within - from / rate;
  }
  return undefined;
}

/** Which of the tones sounds; `rise` is how fast all of them rise, in Hertz per second. */
function loudestTone(sound: Float32Array, rate: number, first: number, step: number, count: number, rise = 0): number | undefined {
  const powers = Array.from({ length: count }, (_, n) => power(sound, rate, first + n * step, rise));
  const loudest = powers.indexOf(Math.max(...powers));
  const average = powers.reduce((sum, one) => sum + one, 0) / count;
  return (powers[loudest] ?? 0) > average * CLEAR ? loudest : undefined;
}

function power(sound: Float32Array, rate: number, hertz: number, rise: number): number {
  let real = 0;
  let imaginary = 0;
  sound.forEach((sample, n) => {
    const time = n / rate;
    const angle = 2 * Math.PI * time * (hertz + (rise / 2) * time);
    // A window, or a loud neighbour would drown what is looked for.
    const weight = sample * Math.sin((Math.PI * n) / sound.length) ** 2;
    real += weight * Math.cos(angle);
    imaginary += weight * Math.sin(angle);
  });
  return real * real + imaginary * imaginary;
}
