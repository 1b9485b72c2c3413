import { type Page } from "@playwright/test";
import { ADMIN, expect, flagCards, openBesides, openFlaggedCall, openSearch, REVIEWER, signInAsReviewer, test } from "./fixtures.ts";

const comments = (page: Page) => page.getByRole("region", { name: "Comments" }).getByRole("listitem");

/** Selects the first words of a line that no flag lies on. */
async function selectWords(page: Page) {
  await page.evaluate(() => {
    const line = [...document.querySelectorAll(".line-words")].find((line) => line.children.length === 0 && (line.textContent ?? "").split(" ").length > 3);
    const text = line?.firstChild;
    if (!text) throw new Error("there is no plain line");
    line.scrollIntoView({ block: "center" });
    const end = (text.textContent ?? "").split(" ").slice(0, 3).join(" ").length;
    getSelection()?.setBaseAndExtent(text, 0, text, end);
  });
}

test.beforeEach(async ({ page }) => {
  test.setTimeout(120_000);
  await signInAsReviewer(page);
  await openFlaggedCall(page);
  await (await openSearch(page)).press("Escape");
});

test("a word can be taken back, and its history stays readable", async ({ page }) => {
  const card = flagCards(page).first();
  const takeBack = card.getByRole("button", { name: /^Take back/ });
  const confirm = card.getByRole("button", { name: /^Confirm flag/ });
  await expect(confirm.or(takeBack).first()).toBeAttached();
  if (!(await takeBack.isVisible())) await confirm.click();
  await takeBack.click();
  await expect(card).not.toHaveAttribute("data-verdict");
  await expect(confirm).toBeVisible();
  await card.getByText(/^History of \d+ verdicts/).click();
  await expect(card.getByText("Taken back").first()).toBeVisible();
  await page.reload();
  await expect(card).not.toHaveAttribute("data-verdict");
});

test("a comment at a moment reaches the other reviewer, and goes when it is taken back", async ({ page, browser }) => {
  const other = await openBesides(browser, page);
  await expect(page.getByText(`Also open: ${ADMIN}`)).toBeVisible();
  const words = `Listen to this, ${Date.now()}.`;
  await page.keyboard.press(".");
  await page.getByRole("textbox", { name: "New comment" }).fill(words);
  await page.getByRole("button", { name: /^Comment at \d/ }).click();
  const mine = comments(page).filter({ hasText: words });
  await expect(mine.getByRole("button", { name: /^Play from \d/ })).toBeVisible();
  const theirs = comments(other).filter({ hasText: words });
  await expect(theirs).toBeVisible();
  await expect(theirs.getByRole("button", { name: "Take the comment back" })).toBeHidden();
  await mine.getByRole("button", { name: "Take the comment back" }).click();
  await expect(mine).toBeHidden();
  await expect(theirs).toBeHidden();
  await other.context().close();
});

test("a verdict of one reviewer appears at the other's", async ({ page, browser }) => {
  const other = await openBesides(browser, page);
  const [card, theirs] = [flagCards(page).last(), flagCards(other).last()];
  const takeBack = card.getByRole("button", { name: /^Take back/ });
  if (await takeBack.isVisible()) await takeBack.click();
  await expect(theirs).not.toHaveAttribute("data-verdict");
  await card.getByRole("button", { name: /^Confirm flag/ }).click();
  await expect(theirs).toHaveAttribute("data-verdict", "confirmed");
  await other.context().close();
});

test("a violation that the judge missed is added out of selected words, and taken back", async ({ page }) => {
  const before = await flagCards(page).count();
  const bar = page.getByRole("group", { name: "Selected words" });
  await expect(bar).toBeHidden();
  await selectWords(page);
  await expect(bar).toBeVisible();
  await bar.getByRole("combobox", { name: "Rule" }).selectOption({ index: 1 });
  await bar.getByRole("button", { name: "Add flag" }).click();
  await expect(flagCards(page)).toHaveCount(before + 1);
  const added = flagCards(page).filter({ hasText: "Added by hand" });
  await expect(added).toHaveCount(1);
  await added.getByRole("button", { name: /^Take back/ }).click();
  await expect(flagCards(page)).toHaveCount(before);
});

test("selected words are copied with their time and a link", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await selectWords(page);
  await page.getByRole("group", { name: "Selected words" }).getByRole("button", { name: "Copy quote" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toMatch(/^“.+” \(\d+:\d\d\) http.+\/calls\/\d+\?t=[\d.]+$/);
});

test("who leaves a call is not taken for there any more", async ({ page, browser }) => {
  const other = await openBesides(browser, page);
  const call = new URL(page.url()).pathname;
  const reviewerIsHere = other.getByText(`Also open: ${REVIEWER}`);
  await expect(reviewerIsHere).toBeVisible();
  // Without a word it would count as open for 45 seconds more.
  await page.getByRole("link", { name: "Queue" }).last().click();
  await expect(reviewerIsHere).toBeHidden({ timeout: 15_000 });
  await page.goto(call);
  await expect(reviewerIsHere).toBeVisible({ timeout: 15_000 });
  await page.goto("about:blank");
  await expect(reviewerIsHere).toBeHidden({ timeout: 15_000 });
  await other.context().close();
});

test("a page that nobody sees still says that it is open", async ({ page }) => {
  await page.clock.install();
  await page.reload();
  await (await openSearch(page)).press("Escape");
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  let signs = 0;
  page.on("request", (request) => (signs += Number(request.url().endsWith("/api/touch_call"))));
  await page.clock.runFor(25_000);
  const seldom = signs;
  const sign = page.waitForRequest("**/api/touch_call");
  await page.clock.runFor(10_000);
  await sign;
  expect(seldom).toBeLessThanOrEqual(1);
});

test("a lost connection says so, and is found again", async ({ page, context }) => {
  await context.setOffline(true);
  const lost = page.getByText("What others do appears as soon as the connection is back.");
  await expect(lost).toBeVisible({ timeout: 15_000 });
  await context.setOffline(false);
  await expect(lost).toBeHidden({ timeout: 15_000 });
});
