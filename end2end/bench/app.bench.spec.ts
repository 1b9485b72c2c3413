import { readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Page } from "@playwright/test";
import { expect, flagCards, openSearch, signInAsReviewer, test } from "../tests/fixtures.ts";
import { generateCalls } from "../tests/generated-calls.ts";
import { atMost, percentile, report } from "./figures.ts";

const JUMPS = 40;
const OPENINGS = 7;
const FOLLOWING_MS = 10_000;
const LEAVINGS = 50;
/** Typed letter by letter: from what is on every line to what is nowhere. */
const QUERIES = ["payment", "doctor", "the plan", "phone", "guarantee"];

let longCall = "";
let hour = "";
let shortCall = "";

test.beforeAll(async () => {
  [longCall = ""] = await generateCalls("three-hours");
  [hour = ""] = await generateCalls("one-hour");
  [shortCall = ""] = await generateCalls("three-minutes");
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
  const count = await flagCards(page).count();
  for (let number = 0; number < Math.min(JUMPS, count); number += 1) {
    // From end to end, so that nothing is loaded already.
    const card = flagCards(page).nth((number * 37) % count);
    const startS = Number(await card.getAttribute("data-start-ms")) / 1000;
    const began = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const audio = document.querySelector("audio");
          if (!audio) return;
          let jumped = false;
          const heard = () => {
            if (!jumped || audio.paused || audio.seeking) return;
            audio.removeEventListener("playing", heard);
            audio.removeEventListener("seeked", heard);
            resolve(audio.currentTime);
          };
          audio.addEventListener("seeking", () => (jumped = true), { once: true });
          audio.addEventListener("playing", heard);
          audio.addEventListener("seeked", heard);
        }),
    );
    await card.getByRole("button", { name: /^Play flag/ }).click();
    off.push(Math.abs((await began) - startS) * 1000);
    await page.evaluate(() => document.querySelector("audio")?.pause());
  }
  report("jump_p50_ms", percentile(off, 0.5));
  atMost("jump_p95_ms", percentile(off, 0.95), 150);
});

/** Milliseconds from each key press in the search to the frame in which its marks stand. */
async function typing(page: Page, address: string): Promise<number[]> {
  await open(page, address);
  const field = await openSearch(page);
  await field.evaluate((field) => {
    const taken: number[] = [];
    Object.assign(window, { taken });
    field.addEventListener(
      "keydown",
      () => {
        const began = performance.now();
        // The second frame begins when the first, with the marks in it, has been painted.
        requestAnimationFrame(() => {
          const channel = new MessageChannel();
          channel.port1.onmessage = () => taken.push(performance.now() - began);
          channel.port2.postMessage(null);
        });
      },
      true,
    );
  });
  for (const query of QUERIES) {
    await page.keyboard.type(query, { delay: 60 });
    await field.fill("");
  }
  return page.evaluate(() => (window as unknown as { taken: number[] }).taken);
}

test("search", async ({ page }) => {
  const short = await typing(page, shortCall);
  const long = await typing(page, longCall);
  report("search_mark_p50_ms", percentile(long, 0.5));
  atMost("search_mark_p95_ms", percentile(long, 0.95), 50);
  atMost("search_mark_3h_vs_3min", percentile(long, 0.95) / percentile(short, 0.95), 2);
});

/** Milliseconds until the first word stands there and the recording answers to its key. */
async function opening(page: Page, address: string): Promise<number> {
  await page.goto("about:blank");
  const began = Date.now();
  await page.goto(address, { waitUntil: "commit" });
  await page.waitForFunction(
    () => {
      const audio = document.querySelector("audio");
      const word = document.querySelector(".line-words")?.textContent;
      const alive = document.querySelector("[data-alive]") ?? CSS.highlights.size > 0;
      return Boolean(word && alive && audio && audio.readyState >= 1);
    },
    undefined,
    { polling: 10 },
  );
  return Date.now() - began;
}

test("opening", async ({ page }) => {
  const long: number[] = [];
  const short: number[] = [];
  await opening(page, shortCall);
  for (let number = 0; number < OPENINGS; number += 1) {
    long.push(await opening(page, longCall));
    short.push(await opening(page, shortCall));
  }
  report("open_3min_ms", percentile(short, 0.5));
  report("open_3h_ms", percentile(long, 0.5));
  atMost("open_3h_vs_3min", percentile(long, 0.5) / percentile(short, 0.5), 1.5);
});

test("following", async ({ page }) => {
  await open(page, longCall);
  await page.getByLabel("Speed").selectOption("3");
  await flagCards(page).nth(50).getByRole("button", { name: /^Play flag/ }).click();
  await expect(page.locator('[aria-current="true"][id^="line-"]')).toBeInViewport();
  // Frames that the machine held up count as ours only as far as the page worked in them.
  const longest = await page.evaluate(
    (length) =>
      new Promise<number>((resolve) => {
        let longest = 0;
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) longest = Math.max(longest, entry.duration);
        });
        observer.observe({ type: "long-animation-frame", buffered: false });
        setTimeout(() => {
          observer.disconnect();
          resolve(longest);
        }, length);
      }),
    FOLLOWING_MS,
  );
  // Frames below 50 ms are not told one by one.
  atMost("follow_longest_frame_ms", longest, 50);
});

test("leaving", async ({ page }) => {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.enable");
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize;
  };
  const visit = async () => {
    await page.getByRole("list", { name: "Calls" }).getByRole("link", { name: /^Call \d+, flagged/ }).first().click();
    await expect(page.locator(".line-words").first()).toBeVisible();
    await page.goBack();
    await expect(page.getByRole("list", { name: "Calls" })).toBeVisible();
  };
  await page.goto("/?state=flagged");
  for (let number = 0; number < 3; number += 1) await visit();
  const before = await heap();
  for (let number = 0; number < LEAVINGS; number += 1) await visit();
  atMost("heap_after_50_calls", (await heap()) / before, 1.1);
});

test("payload", () => {
  const folder = fileURLToPath(new URL("../../target/site/pkg/", import.meta.url));
  const kilobytes = (ending: RegExp) =>
    readdirSync(folder).filter((name) => ending.test(name)).reduce((sum, name) => sum + statSync(folder + name).size, 0) / 1024;
  atMost("payload_kb_brotli", kilobytes(/\.(js|wasm)\.br$/), 350);
  atMost("css_kb_brotli", kilobytes(/\.css\.br$/), 30);
});
