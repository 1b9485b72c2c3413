import { type Page } from "@playwright/test";
import { expect, flagCards, openFlaggedCall, openSearch, signInAsReviewer, test, transcriptLines } from "./fixtures.ts";

/** How far from the flag's second the recording may begin. */
const CLOSE_S = 0.15;

interface Spoken {
  text: string;
  startMs: number;
  line: number;
}

/** The transcript as it stands on the page. */
async function spokenWords(page: Page): Promise<Spoken[]> {
  return transcriptLines(page).evaluateAll((lines) =>
    lines.flatMap((line, number) =>
      [...line.querySelectorAll<HTMLElement>("[data-start]")].map((word) => ({
        text: word.textContent ?? "",
        startMs: Number(word.dataset.start),
        line: number,
      })),
    ),
  );
}

/** The first word of a quote that begins at this moment: the same words may stand elsewhere, too. */
function placeOf(quote: string, startMs: number, words: Spoken[]): Spoken | undefined {
  const wanted = quote.split(" ");
  return words.find(
    (first, at) => first.startMs === startMs && wanted.every((text, offset) => words[at + offset]?.text === text),
  );
}

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
const currentTime = (page: Page) => page.evaluate(() => document.querySelector("audio")?.currentTime ?? -1);

test.beforeEach(async ({ page }) => {
  test.setTimeout(120_000);
  await signInAsReviewer(page);
  await openFlaggedCall(page);
});

test("a flag card plays the flag's second and lights up its line", async ({ page }) => {
  const words = await spokenWords(page);
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
    const place = placeOf(await quote.innerText(), startMs, words);
    expect(place, `the quote stands in the transcript at ${startMs} ms`).toBeDefined();

    await card.getByRole("button", { name: /^Play flag/ }).click();
    await expect.poll(async () => (await starts(page)).length, "it plays").toBe(heard + 1);
    const start = (await starts(page))[heard] ?? -1;
    heard += 1;
    expect(Math.abs(start - startMs / 1000), `it plays from ${start} s, flagged is ${startMs} ms`).toBeLessThanOrEqual(CLOSE_S);
    await expect(transcriptLines(page).nth(place?.line ?? -1)).toHaveAttribute("aria-current", "true");
    await expect(page.locator('[aria-current="true"][id^="line-"]')).toHaveCount(1);
    await expect.poll(() => currentTime(page), "it goes on").toBeGreaterThan(start);
    await page.evaluate(() => document.querySelector("audio")?.pause());
  }
  expect(heard).toBeGreaterThan(0);
});

test("the recording is heard and not only moved", async ({ page }) => {
  await openSearch(page);
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
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
  const words = await spokenWords(page);
  const expected = words.filter((word) => word.text.toLowerCase().includes(query.toLowerCase())).length;
  expect(expected).toBeGreaterThan(0);

  await field.fill(query);
  const marks = page.locator("mark");
  await expect(marks).toHaveCount(expected);
  for (const text of await marks.allInnerTexts()) expect(text.toLowerCase()).toContain(query.toLowerCase());

  const reached = new Set<string | null>();
  for (let number = 0; number < expected; number += 1) {
    await expect(page.getByRole("status").filter({ hasText: " of " })).toHaveText(`${number + 1} of ${expected}`);
    const shown = page.locator("mark.is-shown");
    await expect(shown).toHaveCount(1);
    await expect(shown).toBeInViewport();
    reached.add(await shown.getAttribute("data-hit"));
    await page.keyboard.press("Enter");
  }
  expect(reached.size).toBe(expected);

  await page.keyboard.press("Escape");
  await expect(marks).toHaveCount(0);
});

test("a word that was not said has no hits", async ({ page }) => {
  const field = await openSearch(page);
  await field.fill("xylophone");
  await expect(page.getByRole("status").filter({ hasText: "No hits" })).toBeVisible();
  await expect(page.locator("mark")).toHaveCount(0);
});

test("a link with a second opens there", async ({ page }) => {
  const words = await spokenWords(page);
  const word = words[Math.floor(words.length / 2)];
  const seconds = (word?.startMs ?? 0) / 1000;
  await page.goto(`${new URL(page.url()).pathname}?t=${seconds}`);
  await expect.poll(() => currentTime(page)).toBeCloseTo(seconds, 1);
  await expect(transcriptLines(page).nth(word?.line ?? -1)).toHaveAttribute("aria-current", "true");
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
