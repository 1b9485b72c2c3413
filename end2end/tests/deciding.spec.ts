import { type Page } from "@playwright/test";
import { currentTime, expect, flagCards, openFlaggedCall, openSearch, reopenFlags, signInAsReviewer, test } from "./fixtures.ts";
import { generateCalls, SHORT_CALLS } from "./generated-calls.ts";

const nextCall = (page: Page) => page.getByRole("button", { name: "Next call" });
const playButton = (page: Page, number: number) => flagCards(page).nth(number).getByRole("button", { name: /^Play flag/ });
const callOf = (page: Page) => /\/calls\/(\d+)/.exec(page.url())?.[1];

/** Waits until so many calls wait for a person. */
async function waitForCallsToReview(page: Page, calls: number) {
  await page.goto("/");
  const toReview = page.getByRole("navigation", { name: "Filter by state" }).getByRole("link", { name: /^To review/ });
  await expect(async () => {
    expect(Number((await toReview.innerText()).replace(/\D/g, ""))).toBeGreaterThanOrEqual(calls);
  }).toPass({ timeout: 180_000 });
}

test.beforeEach(async ({ page }) => {
  test.setTimeout(240_000);
  await signInAsReviewer(page);
});

test("a reviewer decides flag by flag and goes to the next call by keys alone", async ({ page }) => {
  await openFlaggedCall(page);
  await reopenFlags(page);
  const first = callOf(page);
  // The next one comes under the filters of the queue that was open last: none.
  await waitForCallsToReview(page, 2);
  await page.goto(`/calls/${first}`);
  await (await openSearch(page)).press("Escape");
  const count = await flagCards(page).count();
  // The page opens at its first flag.
  await expect(flagCards(page).first()).toHaveAttribute("data-current");
  const startS = Number(await flagCards(page).first().getAttribute("data-start-ms")) / 1000;
  await expect.poll(() => currentTime(page)).toBeCloseTo(startS, 1);
  for (let number = 0; number < count; number += 1) {
    await page.keyboard.press("c");
    await expect(flagCards(page).nth(number)).toHaveAttribute("data-verdict", "confirmed");
    if (number + 1 < count) await expect(playButton(page, number + 1)).toBeFocused();
  }
  await expect(page.getByText(`${count} of ${count} decided`)).toBeVisible();
  await expect(nextCall(page)).toBeFocused();
  await page.keyboard.press("n");
  await expect(page).not.toHaveURL(new RegExp(`/calls/${first}\\b`));
  await expect(page).toHaveURL(/\/calls\/\d+/);
  await page.goto(`/calls/${first}`);
  await reopenFlags(page);
});

test("the next call stands at its flag, too", async ({ page }) => {
  await generateCalls("short", 2);
  await page.goto(`/?publisher=${encodeURIComponent(SHORT_CALLS)}`);
  await nextCall(page).click();
  await expect(page).toHaveURL(/\/calls\/\d+\?flag=/);
  const standsAtItsFlag = async () => {
    const startMs = Number(await flagCards(page).first().getAttribute("data-start-ms"));
    expect(startMs).toBeGreaterThan(1000);
    await expect.poll(() => currentTime(page)).toBeCloseTo(startMs / 1000, 1);
  };
  await standsAtItsFlag();
  const first = callOf(page);
  await page.keyboard.press("c");
  await expect(nextCall(page)).toBeFocused();
  await page.keyboard.press("n");
  await expect(page).not.toHaveURL(new RegExp(`/calls/${first}\\b`));
  await standsAtItsFlag();
  await page.goto(`/calls/${first}`);
  await reopenFlags(page);
});

test("a call opened from the queue shows the card that is decided next", async ({ page }) => {
  await openFlaggedCall(page);
  await reopenFlags(page);
  const call = callOf(page);
  await page.goto(`/calls/${call}`);
  await (await openSearch(page)).press("Escape");
  for (const number of [0, 1]) {
    await page.keyboard.press("c");
    await expect(flagCards(page).nth(number)).toHaveAttribute("data-verdict", "confirmed");
  }
  await page.getByRole("main").getByRole("link", { name: "Queue" }).click();
  await page.getByRole("link", { name: new RegExp(`^Call ${call},`) }).click();
  await expect(flagCards(page).nth(2)).toHaveAttribute("data-current");
  await expect(playButton(page, 2)).toBeInViewport();
  await reopenFlags(page);
});

test("digits dismiss for a reason, and u takes back what was said last", async ({ page }) => {
  await openFlaggedCall(page);
  await reopenFlags(page);
  await page.goto(new URL(page.url()).pathname);
  await (await openSearch(page)).press("Escape");
  const card = flagCards(page).first();
  await page.keyboard.press("2");
  await expect(card).toHaveAttribute("data-verdict", "dismissed");
  await expect(card).toContainText("Out of context");
  await page.keyboard.press("u");
  await expect(card).not.toHaveAttribute("data-verdict");
  await expect(playButton(page, 0)).toBeFocused();
  await expect(card.getByRole("button", { name: /^Confirm flag/ })).toBeVisible();
});

test("a reason of blanks is no reason", async ({ page }) => {
  await openFlaggedCall(page);
  await reopenFlags(page);
  await flagCards(page).first().locator(".flag-card-play").click();
  await page.keyboard.press("x");
  const card = flagCards(page).first();
  const reasons = card.getByRole("group", { name: "Why it is dismissed" });
  await expect(reasons.getByRole("button", { name: "Not what was said" })).toBeFocused();
  await reasons.getByRole("textbox", { name: "Reason" }).fill("   ");
  await reasons.getByRole("textbox", { name: "Reason" }).press("Enter");
  await expect(card).not.toHaveAttribute("data-verdict");
  await reasons.getByRole("textbox", { name: "Reason" }).fill("A joke");
  await reasons.getByRole("textbox", { name: "Reason" }).press("Enter");
  await expect(card).toHaveAttribute("data-verdict", "dismissed");
  await expect(card).toContainText("A joke");
  await card.getByRole("button", { name: /^Take back/ }).click();
  await expect(card).not.toHaveAttribute("data-verdict");
});

test("the way back keeps the filters, and so does the next call", async ({ page }) => {
  await page.goto("/?state=flagged&severity=critical");
  const call = page.getByRole("list", { name: "Calls" }).getByRole("link", { name: /^Call \d+, flagged/ }).first();
  await call.click({ timeout: 60_000 });
  await expect(page).toHaveURL(/\/calls\/\d+/);
  await page.reload();
  await (await openSearch(page)).press("Escape");
  const asked = page.waitForRequest("**/api/next_call");
  const left = callOf(page);
  await page.keyboard.press("n");
  expect((await asked).postData()).toContain(`query=state%3Dflagged%26severity%3Dcritical&leaving=${left}`);
  // The one of the header is always there.
  const back = page.getByRole("main").getByRole("link", { name: "Queue" });
  await expect(back).toHaveAttribute("href", "/?state=flagged&severity=critical");
  await back.click();
  await expect(page).toHaveURL("/?state=flagged&severity=critical");
});

test("a link that was copied leads to the flag and the second", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openFlaggedCall(page);
  const card = flagCards(page).last();
  await card.getByRole("button", { name: /^Play flag/ }).click();
  await page.evaluate(() => document.querySelector("audio")?.pause());
  await page.keyboard.press("l");
  await expect.poll(() => currentTime(page)).toBeGreaterThan(Number(await card.getAttribute("data-start-ms")) / 1000 + 1);
  const seconds = await currentTime(page);
  await page.getByRole("button", { name: "Copy link" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toMatch(/\/calls\/\d+\?flag=[^&]+&t=[\d.]+$/);
  await page.goto(copied);
  await expect(flagCards(page).last()).toHaveAttribute("data-current");
  await expect.poll(() => currentTime(page)).toBeCloseTo(seconds, 1);
});

test("the help names the keys", async ({ page }) => {
  await openFlaggedCall(page);
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  for (const meaning of ["Next call", "Take back what you said last", "Dismiss it for the first, second or third reason"]) {
    await expect(help.getByText(meaning)).toBeVisible();
  }
});
