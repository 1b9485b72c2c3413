import { type Page } from "@playwright/test";
import { expect, flagCards, openSearch, openSettledQueue, signInAsReviewer, test } from "../tests/fixtures.ts";
import { generateCalls, SHORT_CALLS } from "../tests/generated-calls.ts";
import { atMost, percentile, report } from "./figures.ts";
import { millisecondsToMark } from "./marking.ts";

const JUMPS = 40;
const OPENINGS = 9;
const FOLLOWING_MS = 10_000;
const LEAVINGS = 50;
/** Of the queue before more are loaded. */
const ROWS = 50;
/** Opened and left before the heap is read: what is kept once is no leak. */
const FIRST_LEAVINGS = 5;
/** Typed letter by letter: from what is on every line to what is nowhere. */
const QUERIES = ["payment", "doctor", "the plan", "phone", "guarantee"];

let longCall = "";
let hour = "";
let shortCall = "";

test.beforeAll(async ({ browser }) => {
  const page = await browser.newPage();
  await signInAsReviewer(page);
  // While the demo's worker still listens to its calls, it has the cores.
  await openSettledQueue(page);
  await page.close();
  [longCall = ""] = await generateCalls("three-hours");
  [hour = ""] = await generateCalls("one-hour");
  [shortCall = ""] = await generateCalls("three-minutes");
  await generateCalls("short", ROWS);
});

test.beforeEach(async ({ page }) => {
  await signInAsReviewer(page);
});

async function open(page: Page, address: string) {
  await page.goto(address);
  await (await openSearch(page)).press("Escape");
}

test("jump", async ({ page }) => {
  await open(page, hour);
  const off: number[] = [];
  const waits: number[] = [];
  const count = await flagCards(page).count();
  for (let number = 0; number < Math.min(JUMPS, count); number += 1) {
    // Here and there in the hour, so that what plays next is seldom loaded already.
    const card = flagCards(page).nth((number * 37) % count);
    const startS = Number(await card.getAttribute("data-start-ms")) / 1000;
    const began = await page.evaluateHandle(() => {
      const audio = document.querySelector("audio");
      let clicked = NaN;
      let jumped = false;
      window.addEventListener("click", () => (clicked = performance.now()), { once: true, capture: true });
      audio?.addEventListener("seeking", () => (jumped = true), { once: true });
      const heard = new Promise<{ atS: number; waitMs: number }>((resolve) => {
        const listen = () => {
          if (!audio || !jumped || audio.paused || audio.seeking || audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) return;
          audio.removeEventListener("playing", listen);
          audio.removeEventListener("seeked", listen);
          resolve({ atS: audio.currentTime, waitMs: performance.now() - clicked });
        };
        audio?.addEventListener("playing", listen);
        audio?.addEventListener("seeked", listen);
      });
      return { heard };
    });
    await card.getByRole("button", { name: /^Play flag/ }).click();
    const { atS, waitMs } = await began.evaluate(({ heard }) => heard);
    off.push(Math.abs(atS - startS) * 1000);
    waits.push(waitMs);
    await page.evaluate(() => document.querySelector("audio")?.pause());
  }
  report("jump_p50_ms", percentile(off, 0.5));
  atMost("jump_p95_ms", percentile(off, 0.95), 150);
  report("jump_wait_p95_ms", percentile(waits, 0.95));
});

test("search", async ({ page }) => {
  const marking = async (address: string) => {
    await open(page, address);
    return millisecondsToMark(page, QUERIES);
  };
  const short = await marking(shortCall);
  const long = await marking(longCall);
  report("search_mark_p50_ms", percentile(long, 0.5));
  atMost("search_mark_p95_ms", percentile(long, 0.95), 50);
  report("search_mark_3min_p95_ms", percentile(short, 0.95));
  atMost("search_mark_3h_vs_3min", percentile(long, 0.95) / percentile(short, 0.95), 2);
});

/** Milliseconds from the beginning of the navigation until the first word stands there and the recording plays at its key. */
async function opening(page: Page, address: string): Promise<number> {
  await page.goto(address, { waitUntil: "commit" });
  const alive = () =>
    Boolean(document.querySelector(".line-words")?.textContent) && CSS.highlights.size > 0 && Boolean(document.querySelector("audio"));
  await page.waitForFunction(alive, undefined, { polling: "raf" });
  const played = page.waitForFunction(
    () => {
      const audio = document.querySelector("audio");
      return audio && !audio.paused && audio.currentTime > 0 ? performance.now() : false;
    },
    undefined,
    { polling: "raf" },
  );
  // Marks may stand a moment before the page hears its keys.
  const press = async () => {
    await page.keyboard.press("k");
    expect(await page.evaluate(() => document.querySelector("audio")?.paused)).toBe(false);
  };
  await expect(press).toPass({ intervals: [20] });
  return (await played).evaluate((moment) => Number(moment));
}

test("opening", async ({ page }) => {
  const long: number[] = [];
  const short: number[] = [];
  await opening(page, shortCall);
  await opening(page, longCall);
  for (let number = 0; number < OPENINGS; number += 1) {
    long.push(await opening(page, longCall));
    short.push(await opening(page, shortCall));
  }
  report("open_3min_p50_ms", percentile(short, 0.5));
  report("open_3h_p50_ms", percentile(long, 0.5));
  atMost("open_3h_vs_3min", percentile(long, 0.5) / percentile(short, 0.5), 1.5);
});

test("following", async ({ page }) => {
  await open(page, longCall);
  await page.getByLabel("Speed").selectOption("3");
  await flagCards(page).nth(50).getByRole("button", { name: /^Play flag/ }).click();
  await expect(page.locator('[aria-current="true"][id^="line-"]')).toBeInViewport();
  const frames = await page.evaluate(
    (length) =>
      new Promise<number[]>((resolve) => {
        const audio = document.querySelector("audio");
        const frames: number[] = [];
        const began = performance.now();
        const frame = () => {
          const begins = performance.now();
          const channel = new MessageChannel();
          // A message is read after the frame has been drawn.
          channel.port1.onmessage = () => {
            frames.push(performance.now() - begins);
            if (audio?.paused) throw new Error("the recording stands still");
            if (performance.now() - began < length) requestAnimationFrame(frame);
            else resolve(frames);
          };
          channel.port2.postMessage(null);
        };
        requestAnimationFrame(frame);
      }),
    FOLLOWING_MS,
  );
  report("follow_frame_p95_ms", percentile(frames, 0.95));
  atMost("follow_longest_frame_ms", percentile(frames, 1), 50);
});

test("leaving", async ({ page }) => {
  const browser = await page.context().newCDPSession(page);
  await browser.send("HeapProfiler.enable");
  const heap = async () => {
    await browser.send("HeapProfiler.collectGarbage");
    const usage: Record<string, number> = { ...(await browser.send("Runtime.getHeapUsage")) };
    // Of script, and of the page's elements.
    return (usage.usedSize ?? NaN) + (usage.embedderHeapUsedSize ?? NaN);
  };
  const calls = page.getByRole("list", { name: "Calls" });
  const visit = async (number: number) => {
    await calls.getByRole("link", { name: /^Call \d+, flagged/ }).nth(number).click();
    await expect(page.locator(".line-words").first()).toBeVisible();
    await page.goBack();
    await expect(calls).toBeVisible();
  };
  await page.goto(`/?state=flagged&publisher=${encodeURIComponent(SHORT_CALLS)}`);
  for (let number = 0; number < FIRST_LEAVINGS; number += 1) await visit(number);
  const before = await heap();
  for (let number = 0; number < LEAVINGS; number += 1) await visit(number % ROWS);
  const after = await heap();
  report("heap_mib", after / 2 ** 20);
  atMost("heap_after_50_calls", after / before, 1.1);
});
