import { readFileSync } from "node:fs";
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

test("what a browser loads for the largest page stays small, and comes from here", async ({ page, baseURL }) => {
  await signInAsAdmin(page);
  await openFlaggedCall(page);
  const call = new URL(page.url()).pathname;
  let code = 0;
  for (const path of ["/", "/search", "/dashboard", "/admin", call]) {
    await page.goto(path);
    await page.waitForLoadState("networkidle");
    const loaded = await page.evaluate(() =>
      (performance.getEntriesByType("resource") as PerformanceResourceTiming[]).map(({ name, encodedBodySize, initiatorType }) => ({
        name,
        initiatorType,
        bytes: encodedBodySize,
      })),
    );
    const ofCode = loaded.filter(({ name }) => /\.(js|wasm)$/.test(name)).reduce((sum, { bytes }) => sum + bytes, 0);
    console.log(`${path.replace(/\d+/, "…")}: ${Math.round(ofCode / 1000)} KB of code`);
    code = Math.max(code, ofCode);
    const foreign = loaded.filter(({ name, initiatorType }) => !name.startsWith(baseURL ?? "") && !["audio", "video"].includes(initiatorType));
    expect(foreign, "fonts and scripts come from nowhere else").toEqual([]);
  }
  expect(code).toBeGreaterThan(0);
  hold("payload_kb_brotli", code);
  const styles = await page.request.get("/pkg/callscript.css", { headers: { "accept-encoding": "br" } });
  expect(styles.headers()["content-encoding"]).toBe("br");
  hold("css_kb_brotli", Number(styles.headers()["content-length"]));
});
