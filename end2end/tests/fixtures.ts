import { test as base, type Browser, expect, type Locator, type Page } from "@playwright/test";

export const PASSWORD = "callscript-local";
export const REVIEWER = "reviewer@callscript.local";
export const ADMIN = "admin@callscript.local";
export const WORKER = "worker@callscript.local";

/** The Ringba simulator of the demo under test. */
const RINGBA_URL = process.env.RINGBA_URL ?? "http://127.0.0.1:4010";
/** Flagged calls stand in the queue at the latest so long after the demo is ready. */
const FIRST_FLAG_WITHIN_MS = 60_000;
/** All of the demo's calls are judged, and a new one has arrived and failed, at the latest so long after that. */
const SETTLED_WITHIN_MS = 180_000;

/** Every test fails when its page has thrown, or complained in the console about anything but a refusal or a cut line. */
export const test = base.extend<{ silent: void }>({
  silent: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        const refusal = /Failed to load resource.*(status of 4\d\d|ERR_INTERNET_DISCONNECTED)/.test(message.text());
        if (message.type() === "error" && !refusal) complaints.push(message.text());
      });
      await use();
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

export async function signIn(page: Page, email = REVIEWER, password = PASSWORD) {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export async function signInAsReviewer(page: Page) {
  await signIn(page);
  await expect(page.getByRole("heading", { name: "Queue" })).toBeVisible();
}

export async function signInAsAdmin(page: Page) {
  await signIn(page, ADMIN);
  await expect(page.getByRole("heading", { name: "Queue" })).toBeVisible();
}

/** Waits for the first flagged call of the queue, opens it, and waits until the page answers to keys. */
export async function openFlaggedCall(page: Page) {
  await page.goto("/?state=flagged");
  const call = page.getByRole("list", { name: "Calls" }).getByRole("link", { name: /^Call \d+, flagged/ }).first();
  await expect(call).toBeVisible({ timeout: FIRST_FLAG_WITHIN_MS });
  await call.click();
  await expect(page).toHaveURL(/\/calls\/\d+/);
  await expect(flagCards(page).first()).toBeVisible();
  await (await openSearch(page)).press("Escape");
}

/** Has a call come in. */
export async function comesIn(page: Page, call: { recording: string; recording_fault?: { kind: string } }) {
  const made = await page.request.post(`${RINGBA_URL}/control/calls`, { data: call });
  expect(made.status()).toBe(201);
}

/** Opens a call that has failed; lets one with a broken recording come in where there is none yet. */
export async function openFailedCall(page: Page) {
  await page.goto("/?state=failed");
  const call = page.getByRole("list", { name: "Calls" }).getByRole("link", { name: /^Call \d+, failed/ }).first();
  await expect(call.or(page.getByRole("heading", { name: "Nothing failed" }))).toBeVisible();
  if (!(await call.isVisible())) {
    await comesIn(page, { recording: "call4_gift_card.mp3", recording_fault: { kind: "not_audio" } });
  }
  await expect(call).toBeVisible({ timeout: SETTLED_WITHIN_MS });
  await call.click();
  await expect(page).toHaveURL(/\/calls\/\d+/);
  await expect(page.getByRole("note")).toBeVisible();
}

/**
 * Opens a call that needs a human, or whose rules a test has settled already; has a safe one judged again where
 * there is none yet. For admins, while the rules that ask a language model are switched on.
 */
export async function openUndecidedCall(page: Page) {
  await page.goto("/?state=undecided");
  const calls = page.getByRole("list", { name: "Calls" });
  const call = calls.getByRole("link", { name: /^Call \d+, (needs a human|settled)/ }).first();
  await expect(call.or(page.getByRole("heading", { name: "Nothing undecided" }))).toBeVisible();
  if (await call.isVisible()) {
    await call.click();
  } else {
    await page.goto("/?state=safe");
    await calls.getByRole("link", { name: /^Call \d+, safe/ }).first().click({ timeout: SETTLED_WITHIN_MS });
    await page.getByRole("button", { name: "Judge again" }).click();
  }
  await expect(page).toHaveURL(/\/calls\/\d+/);
  await expect(undecidedRules(page).first()).toBeVisible();
  await (await openSearch(page)).press("Escape");
}

/** Opens the queue and waits until no lane has anything left to do. */
export async function openSettledQueue(page: Page) {
  await page.goto("/");
  const inProgress = page.getByRole("navigation", { name: "Filter by state" }).getByRole("link", { name: /^In progress/ });
  await expect(inProgress).toHaveText("In progress 0", { timeout: SETTLED_WITHIN_MS });
}

export function flagCards(page: Page): Locator {
  return page.getByRole("region", { name: "Flags" }).getByRole("listitem");
}

/** Takes back what was said about the flags of the open call, so that each is to be decided anew. */
export async function reopenFlags(page: Page) {
  const decided = page.getByRole("region", { name: "Flags" }).getByRole("listitem").and(page.locator("[data-verdict]"));
  for (let left = await decided.count(); left > 0; left -= 1) {
    await decided.first().getByRole("button", { name: /^Take back/ }).click();
    await expect(decided).toHaveCount(left - 1);
  }
}

/** The same call in the window of an admin. */
export async function openBesides(browser: Browser, page: Page): Promise<Page> {
  const other = await (await browser.newContext()).newPage();
  await signIn(other, ADMIN);
  await expect(other.getByRole("heading", { name: "Queue" })).toBeVisible();
  await other.goto(new URL(page.url()).pathname);
  await expect(flagCards(other).first()).toBeVisible();
  return other;
}

export function undecidedRules(page: Page): Locator {
  return page.getByRole("region", { name: "Undecided rules" }).getByRole("listitem");
}

export function transcriptLines(page: Page): Locator {
  return page.getByRole("region", { name: "Transcript" }).getByRole("listitem");
}

/** The search field of the transcript, once the page is alive: it answers to its key only then. */
export async function openSearch(page: Page): Promise<Locator> {
  const field = page.getByRole("searchbox", { name: "Search in transcript" });
  await expect(async () => {
    await page.keyboard.press("/");
    await expect(field).toBeFocused({ timeout: 200 });
  }).toPass();
  return field;
}

/** A kind of mark on the transcript's words, as `style/transcript.css` names it. */
export type Mark = "spoken" | "found" | "found-shown" | "uncertain" | "flagged-critical" | "flagged-major" | "flagged-minor";

/** The texts that the browser marks: no element stands around them. */
export function marked(page: Page, mark: Mark): Promise<string[]> {
  return page.evaluate((mark) => {
    const ranges = [...(CSS.highlights.get(mark) ?? [])];
    return ranges.map((range) => (range.startContainer.textContent ?? "").slice(range.startOffset, range.endOffset));
  }, mark);
}

/** Where the recording stands, in seconds. */
export function currentTime(page: Page): Promise<number> {
  return page.evaluate(() => document.querySelector("audio")?.currentTime ?? -1);
}

/** The middle of the first letters of a text in the transcript, as a place in the window; scrolls there. */
export async function placeOf(line: Locator, text: string): Promise<{ x: number; y: number }> {
  await line.scrollIntoViewIfNeeded();
  const place = await line.evaluate((line, text) => {
    const walker = document.createTreeWalker(line.querySelector(".line-words") ?? line, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = (node.textContent ?? "").indexOf(text);
      if (at < 0) continue;
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, at + 2);
      const rect = range.getBoundingClientRect();
      return { x: rect.left + rect.width / 2, y: rect.top + rect.height / 2 };
    }
    return null;
  }, text);
  if (!place) throw new Error(`the line does not hold "${text}"`);
  return place;
}
