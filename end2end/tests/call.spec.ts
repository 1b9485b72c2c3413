import { type Locator, type Page } from "@playwright/test";
import { currentTime, expect, flagCards, marked, openFlaggedCall, openSearch, placeOf, signInAsReviewer, test, transcriptLines } from "./fixtures.ts";

/** How far from the flag's second the recording may begin. */
const CLOSE_S = 0.15;

/** The texts of the lines, and all words in reading order. */
const lineTexts = (page: Page) => page.locator(".line-words").allTextContents();
const allWords = async (page: Page) => (await lineTexts(page)).flatMap((line) => line.split(" "));

/** The line that is being spoken. */
const playingLine = (page: Page): Locator => page.locator('[aria-current="true"][id^="line-"]');

/** Notes where the recording stands whenever it begins to play after a jump. */
async function watchRecording(page: Page) {
  await page.evaluate(() => {
    const audio = document.querySelector("audio");
    if (!audio) throw new Error("there is no recording");
    const starts: number[] = [];
    Object.assign(window, { starts });
    let jumped = false;
    audio.addEventListener("seeking", () => (jumped = true));
    const note = () => {
      if (!jumped || audio.paused || audio.seeking) return;
      jumped = false;
      starts.push(audio.currentTime);
    };
    audio.addEventListener("playing", note);
    audio.addEventListener("seeked", note);
  });
}

const starts = (page: Page) => page.evaluate(() => (window as unknown as { starts: number[] }).starts);

test.beforeEach(async ({ page }) => {
  test.setTimeout(120_000);
  await signInAsReviewer(page);
  await openFlaggedCall(page);
});

test("a flag card plays the flag's second and lights up its line", async ({ page }) => {
  const cards = flagCards(page);
  const count = await cards.count();
  await watchRecording(page);

  let heard = 0;
  for (let number = 0; number < count; number += 1) {
    const card = cards.nth(number);
    const quote = card.locator("blockquote");
    // What had to be said and was not has no words in the transcript.
    if ((await quote.count()) === 0) continue;
    const startMs = Number(await card.getAttribute("data-start-ms"));
    const firstWord = (await quote.innerText()).split(" ")[0] ?? "";

    await card.getByRole("button", { name: /^Play flag/ }).click();
    await expect.poll(async () => (await starts(page)).length, "it plays").toBe(heard + 1);
    const start = (await starts(page))[heard] ?? -1;
    heard += 1;
    expect(Math.abs(start - startMs / 1000), `it plays from ${start} s, flagged is ${startMs} ms`).toBeLessThanOrEqual(CLOSE_S);
    await expect(playingLine(page)).toHaveCount(1);
    await expect(playingLine(page)).toContainText(firstWord);
    await expect.poll(() => currentTime(page), "it goes on").toBeGreaterThan(start);
    await page.evaluate(() => document.querySelector("audio")?.pause());
  }
  expect(heard).toBeGreaterThan(0);
});

test("the recording is heard and not only moved", async ({ page }) => {
  await openSearch(page);
  await page.keyboard.press("Escape");
  await page.keyboard.press(".");
  await expect.poll(() => currentTime(page)).toBeGreaterThan(0);
  const decoded = await page.evaluate(() => {
    const audio = document.querySelector("audio");
    return { error: audio?.error?.message ?? null, duration: audio?.duration ?? 0, seekable: audio?.seekable.length ?? 0 };
  });
  expect(decoded).toMatchObject({ error: null, seekable: 1 });
  expect(decoded.duration).toBeGreaterThan(5);
});

test("search marks each hit and keys reach each", async ({ page }) => {
  const field = await openSearch(page);
  // The longest word of the first quote, and how often it stands in the transcript.
  const quote = await flagCards(page).locator("blockquote").first().innerText();
  const query = quote.split(" ").sort((a, b) => b.length - a.length)[0]?.replace(/[^a-z']/gi, "") ?? "";
  const words = await allWords(page);
  const expected = words.filter((word) => word.toLowerCase().includes(query.toLowerCase())).length;
  expect(expected).toBeGreaterThan(0);

  await field.fill(query);
  await expect.poll(async () => (await marked(page, "found")).length).toBe(expected);
  for (const text of await marked(page, "found")) expect(text.toLowerCase()).toContain(query.toLowerCase());
  for (let number = 0; number < expected; number += 1) {
    await expect(page.getByRole("status").filter({ hasText: " of " })).toHaveText(`${number + 1} of ${expected}`);
    await expect.poll(async () => (await marked(page, "found-shown")).length).toBe(1);
    await expect.poll(() => shownIsInWindow(page)).toBe(true);
    await page.keyboard.press("Enter");
  }
  await expect(page.getByRole("status").filter({ hasText: " of " })).toHaveText(`1 of ${expected}`);
  await page.keyboard.press("Shift+Enter");
  await expect(page.getByRole("status").filter({ hasText: " of " })).toHaveText(`${expected} of ${expected}`);

  await page.keyboard.press("Escape");
  await expect.poll(async () => (await marked(page, "found")).length).toBe(0);
});

test("a word that was not said has no hits", async ({ page }) => {
  const field = await openSearch(page);
  await field.fill("xylophone");
  await expect(page.getByRole("status").filter({ hasText: "No hits" })).toBeVisible();
  expect(await marked(page, "found")).toEqual([]);
});

test("a link with a second opens there, and one with words opens the search", async ({ page }) => {
  const card = flagCards(page).filter({ has: page.locator("blockquote") }).first();
  const seconds = Number(await card.getAttribute("data-start-ms")) / 1000;
  const firstWord = (await card.locator("blockquote").innerText()).split(" ")[0] ?? "";
  const path = new URL(page.url()).pathname;
  await page.goto(`${path}?t=${seconds}`);
  await expect.poll(() => currentTime(page)).toBeCloseTo(seconds, 1);
  await expect(playingLine(page)).toContainText(firstWord);
  await page.goto(`${path}?t=${seconds}&q=${encodeURIComponent(firstWord)}`);
  await expect(page.getByRole("searchbox", { name: "Search in transcript" })).toHaveValue(firstWord);
  await expect.poll(async () => (await marked(page, "found-shown")).length).toBe(1);
});

test("a click on a word plays from there, and the time of a line from its beginning", async ({ page }) => {
  const card = flagCards(page).filter({ has: page.locator("blockquote") }).first();
  const quote = await card.locator("blockquote").innerText();
  const startMs = Number(await card.getAttribute("data-start-ms"));
  await page.goto(`${new URL(page.url()).pathname}?t=${startMs / 1000}`);
  await (await openSearch(page)).press("Escape");
  await expect.poll(() => marked(page, "spoken")).toEqual([quote.split(" ")[0] ?? ""]);
  const line = playingLine(page);
  await watchRecording(page);
  const place = await placeOf(line, quote.split(" ").slice(0, 1).join(" "));
  await page.mouse.click(place.x, place.y);
  await expect.poll(async () => (await starts(page)).length).toBe(1);
  const start = (await starts(page))[0] ?? -1;
  expect(Math.abs(start - startMs / 1000), `it plays from ${start}`).toBeLessThanOrEqual(CLOSE_S);

  const time = line.getByRole("button", { name: /^Play from/ });
  await time.focus();
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await starts(page)).length).toBe(2);
  expect((await starts(page))[1] ?? -1).toBeLessThanOrEqual(startMs / 1000 + CLOSE_S);
});

test("no element stands around a word, and flagged words are marked", async ({ page }) => {
  await expect(transcriptLines(page).first().locator(".line-words")).not.toBeEmpty();
  expect(await page.locator(".line-words > *").count()).toBe(0);
  const marks = (await Promise.all((["flagged-critical", "flagged-major", "flagged-minor"] as const).map((mark) => marked(page, mark)))).flat();
  const quotes = await flagCards(page).locator("blockquote").allInnerTexts();
  const plain = (texts: string[]) => texts.join(" ").toLowerCase();
  for (const quote of quotes) expect(plain(marks)).toContain((quote.split(" ")[0] ?? "").toLowerCase());
});

test("a dismissed flag stays dismissed, and can be confirmed after all", async ({ page }) => {
  await openSearch(page);
  await page.keyboard.press("Escape");
  const card = flagCards(page).last();
  const change = card.getByText("Change", { exact: true });
  if (await change.isVisible()) await change.click();
  await card.locator("summary", { hasText: "Dismiss" }).click();
  await card.getByRole("button", { name: "Out of context" }).click();
  await expect(card).toHaveAttribute("data-verdict", "dismissed");

  await page.reload();
  await expect(card).toHaveAttribute("data-verdict", "dismissed");
  await expect(card.getByText("Out of context").first()).toBeVisible();
  await openSearch(page);
  await page.keyboard.press("Escape");
  await change.click();
  await card.getByRole("button", { name: /^Confirm flag/ }).click();
  await expect(card).toHaveAttribute("data-verdict", "confirmed");
});

/** Whether the hit that is shown lies within the window. */
function shownIsInWindow(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const [shown] = [...(CSS.highlights.get("found-shown") ?? [])];
    if (!shown) return false;
    const range = new Range();
    range.setStart(shown.startContainer, shown.startOffset);
    range.setEnd(shown.endContainer, shown.endOffset);
    const { top, bottom } = range.getBoundingClientRect();
    return top >= 0 && bottom <= window.innerHeight;
  });
}
