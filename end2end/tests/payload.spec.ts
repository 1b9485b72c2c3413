import { readFileSync } from "node:fs";
import { type Page } from "@playwright/test";
import { expect, openFlaggedCall, signInAsAdmin, test } from "./fixtures.ts";

/** To raise a limit is a decision, and stands in a commit. The goals are those of the figures. */
const LIMITS = JSON.parse(readFileSync(new URL("../payload-limits.json", import.meta.url), "utf8")) as Record<string, number>;
const GOALS: Record<string, number> = { payload_kb_brotli: 350, css_kb_brotli: 30 };

/** Prints a figure, and fails when it is past its limit. */
function hold(name: string, bytes: number) {
  const kb = Math.ceil(bytes / 100) / 10;
  const goal = GOALS[name] ?? 0;
  console.log(`figure: ${name} = ${kb} (goal <= ${goal}) ${kb <= goal ? "holds" : "short"}`);
  expect(kb, `${name}: make it smaller, or say in a commit why it may be more`).toBeLessThanOrEqual(LIMITS[name] ?? 0);
}

/** What the present page has loaded so far; recordings come from elsewhere. */
async function loaded(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    (performance.getEntriesByType("resource") as PerformanceResourceTiming[])
      .filter(({ initiatorType }) => !["audio", "video"].includes(initiatorType))
      .map(({ name }) => name),
  );
}

/** The size of files as they travel. */
async function sizeOf(page: Page, files: string[]): Promise<number> {
  let bytes = 0;
  for (const file of files) {
    const response = await page.request.get(file, { headers: { "accept-encoding": "br" } });
    expect(response.headers()["content-encoding"], file).toBe("br");
    bytes += Number(response.headers()["content-length"]);
  }
  return bytes;
}

/** The file that says which files hold the code of which page. */
type Files = Record<string, string[]>;

/** Opens a page whose code is in the files of a name, and tells how many bytes of code it has loaded for itself. */
async function weigh(page: Page, path: string, name: string, files: Files, baseURL: string): Promise<number> {
  const filesOf = (name: string) => (files[name] ?? []).map((file) => `${baseURL}/pkg/${file}.wasm`);
  await page.goto(path);
  await page.waitForLoadState("networkidle");
  // The queue fetches the call page's code beforehand.
  const wanted = [...filesOf(name), ...filesOf(name === "queue" ? "call" : name)];
  await expect.poll(() => loaded(page)).toEqual(expect.arrayContaining(wanted));
  const asked = await page.locator("link[rel=preload]").evaluateAll((links) => links.map((link) => (link as HTMLLinkElement).href));
  expect(asked, "the document asks for its page's files").toEqual(expect.arrayContaining(filesOf(name)));
  const all = await loaded(page);
  expect(all.filter((file) => !file.startsWith(baseURL)), "fonts and scripts come from nowhere else").toEqual([]);
  const code = [...new Set(all.filter((file) => /\.(js|wasm)$/.test(file)))];
  const ofPages = Object.keys(files).flatMap(filesOf);
  const forOthers = code.filter((file) => ofPages.includes(file) && !filesOf(name).includes(file));
  const own = await sizeOf(page, code.filter((file) => !forOthers.includes(file)));
  const beforehand = await sizeOf(page, forOthers);
  const more = beforehand > 0 ? `, and ${Math.round(beforehand / 1000)} KB beforehand for others` : "";
  console.log(`${path.replace(/\d+/, "…")}: ${Math.round(own / 1000)} KB of code${more}`);
  return own;
}

test("what a browser loads for the largest page stays small, and comes from here", async ({ page, baseURL }) => {
  const here = baseURL ?? "";
  const files = (await (await page.request.get("/pkg/__wasm_split_manifest.json")).json()) as Files;
  const signIn = await weigh(page, "/sign-in", "", files, here);
  expect(signIn).toBeGreaterThan(0);
  await signInAsAdmin(page);
  await openFlaggedCall(page);
  const call = new URL(page.url()).pathname;
  let largest = signIn;
  for (const [path, name] of [["/", "queue"], ["/search", "rest"], ["/dashboard", "rest"], ["/admin", "rest"], [call, "call"]] as const) {
    largest = Math.max(largest, await weigh(page, path, name, files, here));
  }
  hold("payload_kb_brotli", largest);
  hold("css_kb_brotli", await sizeOf(page, ["/pkg/callscript.css"]));
});
