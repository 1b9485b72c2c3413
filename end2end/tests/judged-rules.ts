import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

/** Does what an admin does in Studio; cargo puts it there. */
const JUDGED_RULES = path("target/debug/examples/judged_rules");
/** Where the database of the demo under test lies. */
const STACK_DIR = process.env.STACK_DIR ?? path(".callscript/stack");

/** Switches the rules that ask a language model. The demo has no model: what they judge is undecided. */
export async function switchJudgedRules(state: "on" | "off") {
  await promisify(execFile)(JUDGED_RULES, [STACK_DIR, state]);
}
