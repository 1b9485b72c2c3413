import { type Locator, type Page } from "@playwright/test";
import { expect, openSettledQueue, signInAsReviewer, test } from "./fixtures.ts";

/** Said on calls of the demo, in this order: "I need your social security number." */
const PHRASE = '"social security number"';

const field = (page: Page) => page.getByRole("searchbox", { name: "Words spoken on calls" });
const calls = (page: Page) => page.getByRole("list", { name: "Calls found" });
const places = (page: Page): Locator => calls(page).getByRole("list").getByRole("link");

const filters = (page: Page) => page.getByRole("search").locator("summary");

/** Writes into the field once the page is alive: it answers to its key only then. */
async function searchFor(page: Page, words: string) {
  await expect(async () => {
    await page.keyboard.press("/");
    await expect(field(page)).toBeFocused({ timeout: 200 });
  }).toPass();
  await field(page).fill(words);
  await page.keyboard.press("Enter");
}

test.beforeEach(async ({ page }) => {
  test.setTimeout(240_000);
  await signInAsReviewer(page);
  await openSettledQueue(page);
});

test("a phrase is found, with who said it and the words around", async ({ page }) => {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Search" }).click();
  await expect(page.getByRole("heading", { name: "Search", exact: true })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Search what was said" })).toBeVisible();
  await searchFor(page, PHRASE);
  await expect(page).toHaveURL("/search?q=%22social%20security%20number%22");
  const place = places(page).first();
  await expect(place).toContainText(/^\d+:\d\d/);
  await expect(place).toContainText(/Agent|Caller|Speaker/);
  await expect(place.locator("mark").first()).toHaveText(/^social security number/i);
  await expect(page.getByRole("status").filter({ hasText: /^\d+ calls?, \d+ places?/ })).toBeVisible();
});

test("a place opens its call at that second, and the way back leads to it", async ({ page }) => {
  await page.goto(`/search?q=${encodeURIComponent("card or plan or number")}`);
  const place = places(page).last();
  const link = (await place.getAttribute("href")) ?? "";
  const second = Number(new URL(link, "http://x").searchParams.get("t"));
  expect(second).toBeGreaterThan(0);
  const clock = /^(\d+):(\d\d)/.exec((await place.textContent()) ?? "");
  expect(Math.floor(second)).toBe(Number(clock?.[1]) * 60 + Number(clock?.[2]));
  await expect(async () => {
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog")).toBeVisible({ timeout: 200 });
  }).toPass();
  await page.keyboard.press("Escape");
  await place.click();
  await expect(page).toHaveURL(new RegExp(`/calls/\\d+\\?t=${second}&q=`));
  await expect.poll(() => page.evaluate(() => document.querySelector("audio")?.currentTime ?? -1)).toBeCloseTo(second, 1);
  await page.goBack();
  await expect(page).toHaveURL(/\/search\?q=.*#call-\d+$/);
  const call = calls(page).locator(":focus");
  await expect(call).toBeInViewport();
  await expect(call).toHaveAttribute("href", new RegExp(`^${link.split("?")[0]}\\?`));
});

test("keys walk through the places and open one", async ({ page }) => {
  await page.goto(`/search?q=${encodeURIComponent(PHRASE)}`);
  await expect(async () => {
    await page.keyboard.press("j");
    await expect(places(page).first()).toBeFocused({ timeout: 200 });
  }).toPass();
  await page.keyboard.press("j");
  await expect(places(page).nth(1)).toBeFocused();
  await page.keyboard.press("k");
  await expect(places(page).first()).toBeFocused();
  await page.keyboard.press("/");
  await expect(field(page)).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(field(page)).not.toBeFocused();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toContainText("Open the call at that second");
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/calls\/\d+\?t=/);
});

test("filters combine with the words and live in the address", async ({ page }) => {
  await page.goto("/search?q=number");
  const before = await calls(page).getByRole("heading", { level: 2 }).count();
  await filters(page).click();
  await expect(async () => {
    await page.getByLabel("Severity").selectOption("Critical");
    await expect(page).toHaveURL("/search?q=number&severity=critical", { timeout: 500 });
  }).toPass();
  await expect.poll(() => calls(page).getByText("Critical").count()).toBeGreaterThan(0);
  await expect.poll(() => calls(page).getByRole("heading", { level: 2 }).count()).toBe(await calls(page).getByText("Critical").count());
  expect(await calls(page).getByRole("heading", { level: 2 }).count()).toBeLessThan(before);
  await page.getByLabel("Campaign").selectOption({ index: 1 });
  await expect(page).toHaveURL(/&campaign=/);
  await page.getByLabel("From").fill("2001-01-01");
  await page.getByLabel("Until").fill("2001-01-02");
  await expect(page.getByRole("heading", { name: "No call says that" })).toBeVisible();
  await expect(page).toHaveURL(/from=2001-01-01&to=2001-01-02$/);
  await page.reload();
  await expect(page.getByLabel("Severity")).toHaveValue("critical");
  await expect(page.getByLabel("Until")).toHaveValue("2001-01-02");
  await filters(page).click();
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(page).toHaveURL("/search?q=number");
  await expect(page.getByLabel("Severity")).toHaveValue("");
  await expect.poll(() => calls(page).getByRole("heading", { level: 2 }).count()).toBe(before);
});

test("what cannot be looked for is explained", async ({ page }) => {
  for (const [words, heading] of [
    ["-recorded", "Only words to leave out"],
    ["the of", "Those words are on every call"],
    ["x ".repeat(400), "That is too much at once"],
    ["zebra crossing", "No call says that"],
  ] as const) {
    await page.goto(`/search?q=${encodeURIComponent(words)}`);
    await expect(page.getByRole("heading", { name: heading })).toBeVisible();
  }
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the form searches, with its filters, and places are links", async ({ page }) => {
    await page.goto("/search");
    await field(page).fill(PHRASE);
    await filters(page).click();
    await page.getByLabel("State").selectOption("Flagged");
    await page.getByRole("button", { name: "Search" }).click();
    await expect(page).toHaveURL(/\/search\?q=%22social\+security\+number%22&state=flagged/);
    await expect(places(page).first().locator("mark").first()).toBeVisible();
    await expect(page.getByLabel("State")).toHaveValue("flagged");
    await places(page).first().click();
    await expect(page).toHaveURL(/\/calls\/\d+\?t=/);
    await expect(page.getByRole("region", { name: "Transcript" })).toBeVisible();
  });
});
