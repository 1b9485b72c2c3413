import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

/** Puts judged calls into the stack; cargo puts it there. */
const GENERATED_CALLS = path("target/debug/examples/generated_calls");
const STACK_DIR = process.env.STACK_DIR ?? path(".callscript/stack");
const SOUND = path("end2end/calls/call2_guarantee_free_plan.mp3");

export type Kind = "three-hours" | "one-hour" | "three-minutes" | "short";

/** Said in the last minute of every generated call, and nowhere else in it. */
export const LAST_WORDS = "the purple lighthouse keeps the receipts";

/** The publisher of the calls that are short, and of no others. */
export const SHORT_CALLS = "Generated short";

/** Makes calls of a kind and gives their addresses. */
export async function generateCalls(kind: Kind, count = 1): Promise<string[]> {
  const { stdout } = await promisify(execFile)(GENERATED_CALLS, [STACK_DIR, SOUND, `${kind}=${count}`]);
  return stdout.trim().split("\n").map((line) => `/calls/${line.split(" ")[1]}`);
}
