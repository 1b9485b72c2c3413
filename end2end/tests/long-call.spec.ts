import { type Page } from "@playwright/test";
import { currentTime, expect, flagCards, marked, openSearch, signInAsReviewer, test, transcriptLines } from "./fixtures.ts";
import { generateCalls, LAST_WORDS } from "./generated-calls.ts";

const LAST_MINUTE_S = 3 * 3600 - 60;

let longCall: string;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  [longCall = ""] = await generateCalls("three-hours");
});

test.beforeEach(async ({ page }) => {
  test.setTimeout(120_000);
  await signInAsReviewer(page);
  await page.goto(longCall);
  await (await openSearch(page)).press("Escape");
});

test("the search finds a phrase in the last minute, at its second", async ({ page }) => {
  await (await openSearch(page)).fill(LAST_WORDS);
  await expect(page.getByRole("status").filter({ hasText: " of " })).toHaveText("1 of 1");
  expect(await marked(page, "found-shown")).toEqual([LAST_WORDS]);
  const line = transcriptLines(page).filter({ hasText: LAST_WORDS });
  await expect(line).toBeInViewport();
  await line.getByRole("button", { name: /^Play from 2:5/ }).click();
  await expect.poll(() => currentTime(page)).toBeGreaterThanOrEqual(LAST_MINUTE_S);
  await expect(line).toHaveAttribute("aria-current", "true");
});

test("all hits of a frequent word are counted, and marked wherever one reads", async ({ page }) => {
  const hits = (line: string) => line.split(" ").filter((word) => word.toLowerCase().includes("phone")).length;
  const expected = (await page.locator(".line-words").allTextContents()).map(hits).reduce((sum, one) => sum + one, 0);
  expect(expected).toBeGreaterThan(100);
  await (await openSearch(page)).fill("phone");
  await expect(page.getByRole("status").filter({ hasText: " of " })).toHaveText(`1 of ${expected}`);
  const said = transcriptLines(page).filter({ hasText: "phone" });
  for (const line of [said.first(), said.last(), said.nth(20)]) {
    await line.scrollIntoViewIfNeeded();
    const marks = () =>
      line.evaluate((line) => [...(CSS.highlights.get("found") ?? [])].filter((mark) => line.contains(mark.startContainer)).length);
    // A line that the browser has skipped so far has no inner text yet.
    await expect.poll(marks).toBe(hits((await line.locator(".line-words").textContent()) ?? ""));
  }
});

/** A finger draws the page down, above the player, so many times. */
async function drawDown(page: Page, times: number) {
  const browser = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...touchPoints: { x: number; y: number }[]) =>
    browser.send("Input.dispatchTouchEvent", { type, touchPoints });
  for (let time = 0; time < times; time += 1) {
    await touch("touchStart", { x: 200, y: 200 });
    for (let y = 230; y <= 620; y += 30) await touch("touchMove", { x: 200, y });
    await touch("touchEnd");
  }
}

test("the transcript follows, yields to the reader, and comes back", async ({ page }, info) => {
  await flagCards(page).nth(20).getByRole("button", { name: /^Play flag/ }).click();
  const playing = page.locator('[aria-current="true"][id^="line-"]');
  await expect(playing).toBeInViewport();
  if (info.project.name === "phone") {
    await drawDown(page, 3);
  } else {
    await playing.hover();
    await page.mouse.wheel(0, -20_000);
  }
  await expect(playing).not.toBeInViewport();
  const back = page.getByRole("button", { name: "Back to playing line" });
  await back.click();
  await expect(playing).toBeInViewport();
  await expect(back).toHaveCount(0);
});

test("uncertain words are marked wherever one reads, and explained", async ({ page }) => {
  const furthest = () =>
    page.evaluate(() => {
      const lines = [...(CSS.highlights.get("uncertain") ?? [])].map((mark) => mark.startContainer.parentElement?.closest("[data-line]"));
      return Math.max(...lines.map((line) => Number(line?.getAttribute("data-line"))));
    });
  const lines = await transcriptLines(page).count();
  expect(await furthest()).toBeGreaterThan(0);
  // The browser goes through all marks at every word that is spoken.
  expect(await furthest()).toBeLessThan(lines / 2);
  await transcriptLines(page).last().scrollIntoViewIfNeeded();
  await expect.poll(furthest).toBeGreaterThan(lines - 100);
  await expect(page.getByText("words: the recogniser was not sure.")).toBeVisible();
});

test("a list of two hundred flags leads to each one's second", async ({ page }) => {
  await expect(flagCards(page)).toHaveCount(200);
  const last = flagCards(page).last();
  const startS = Number(await last.getAttribute("data-start-ms")) / 1000;
  await last.getByRole("button", { name: /^Play flag/ }).click();
  await expect.poll(() => currentTime(page)).toBeGreaterThanOrEqual(startS - 0.05);
  await expect.poll(async () => (await marked(page, "spoken")).length).toBe(1);
});
