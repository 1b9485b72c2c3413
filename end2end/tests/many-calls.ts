import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

/** Writes into the database of the demo under test; cargo puts it there. */
const MANY_CALLS = path("target/debug/examples/many_calls");
const STACK_DIR = process.env.STACK_DIR ?? path(".callscript/stack");

/** The queue of these calls alone. */
export const MANY = "/?publisher=Many%20calls";

/** Adds 120 safe calls of a publisher of their own, or removes them. */
export async function manyCalls(what: "add" | "remove") {
  await promisify(execFile)(MANY_CALLS, [STACK_DIR, what]);
}
