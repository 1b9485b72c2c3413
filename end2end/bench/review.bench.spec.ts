import { type Page } from "@playwright/test";
import { expect, signInAsReviewer, test } from "../tests/fixtures.ts";
import { generateCalls, SHORT_CALLS } from "../tests/generated-calls.ts";
import { atMost, percentile, report } from "./figures.ts";

const CALLS = 20;
const LISTEN_S = 2;
/** So far from its flag's first word a recording may stand that is ready to play it. */
const AT_FLAG_S = 0.15;
const QUEUE = `/?publisher=${encodeURIComponent(SHORT_CALLS)}`;

test.beforeAll(async ({ browser }) => {
  const page = await browser.newPage();
  await signInAsReviewer(page);
  // While the demo's worker still listens to its calls, it has the cores.
  await page.close();
  await generateCalls("short", CALLS + 1);
});

/** Waits until another call than this one can be played at its first flag; gives the moment on the page's clock. */
async function playable(page: Page, before: string): Promise<number> {
  const ready = await page.waitForFunction(
    ([before, tolerance]) => {
      const card = document.querySelector<HTMLElement>(".flag-card[data-current]");
      const audio = document.querySelector("audio");
      if (location.pathname === before || !card || !audio || !document.querySelector(".line-words")) return false;
      const off = Math.abs(audio.currentTime - Number(card.dataset.startMs) / 1000);
      return !audio.seeking && audio.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && off <= tolerance ? performance.now() : false;
    },
    [before, AT_FLAG_S] as const,
    { polling: "raf" },
  );
  return ready.evaluate((moment) => Number(moment));
}

test("review", async ({ page }) => {
  await signInAsReviewer(page);
  await page.goto(QUEUE);
  await expect(async () => {
    await page.keyboard.press("n");
    await expect(page).toHaveURL(/\/calls\/\d+\?flag=/, { timeout: 500 });
  }).toPass();
  await page.evaluate(() => {
    Object.assign(window, { decidedAt: 0 });
    const note = (event: KeyboardEvent) => event.key === "c" && Object.assign(window, { decidedAt: performance.now() });
    window.addEventListener("keydown", note, { capture: true });
  });
  const began = await playable(page, "");
  const waits: number[] = [];
  let ends = began;
  for (let number = 0; number < CALLS; number += 1) {
    const call = new URL(page.url()).pathname;
    // It was opened at its first flag: playing begins there.
    await page.keyboard.press("k");
    await page.waitForFunction(
      (length) => {
        const card = document.querySelector<HTMLElement>(".flag-card[data-current]");
        const audio = document.querySelector("audio");
        return audio && audio.currentTime >= Number(card?.dataset.startMs) / 1000 + length;
      },
      LISTEN_S,
      { polling: "raf" },
    );
    await page.keyboard.press("c");
    await page.locator(".flag-card[data-verdict=confirmed]").first().waitFor();
    await page.keyboard.press("n");
    ends = await playable(page, call);
    waits.push(ends - (await page.evaluate(() => (window as unknown as { decidedAt: number }).decidedAt)));
  }
  report("review_calls_per_hour", (CALLS * 3_600_000) / (ends - began - CALLS * LISTEN_S * 1000));
  report("next_call_ready_p50_ms", percentile(waits, 0.5));
  atMost("next_call_ready_p95_ms", percentile(waits, 0.95), 500);
});
