import type { Page } from "@playwright/test";
import { expect, openFailedCall, openSettledQueue, signInAsReviewer, test } from "./fixtures.ts";

const CRITERIA = [
  "Ingest is less than 2 minutes behind",
  "Audio is never missing for a downloaded call",
  "No call is processed twice",
  "Flags are readable within 5 minutes of hang-up",
  "Volume and cost equal Ringba's",
];

function criterion(page: Page, title: string) {
  return page.getByRole("article", { name: title });
}

/** The number in a row's cell of the lanes, by the column's heading. */
async function laneNumber(page: Page, lane: string, column: string): Promise<number> {
  const table = page.getByRole("table", { name: "How the lanes stand" });
  const headings = await table.getByRole("columnheader").allTextContents();
  const cell = table.getByRole("row", { name: new RegExp(`^${lane}`) }).locator("th, td").nth(headings.indexOf(column));
  return Number((await cell.textContent())?.replace(/\D/g, ""));
}

test("the dashboard says whether the promises hold, and what is wrong", async ({ page }) => {
  test.setTimeout(400_000);
  await signInAsReviewer(page);
  // A recording that could not be kept is what somebody must know.
  await openFailedCall(page);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Dashboard" }).click();
  await expect(page).toHaveURL("/dashboard");
  await expect(page.getByRole("article")).toHaveCount(5);
  for (const title of CRITERIA) await expect(criterion(page, title)).toContainText(/Holds|Broken/);
  await expect(criterion(page, "Ingest is less than")).toContainText("Holds");
  await expect(criterion(page, "Ingest is less than")).toContainText(/\d+ s behind/);
  await expect(criterion(page, "Audio is never missing")).toContainText("0 missing");
  await expect(criterion(page, "No call is processed twice")).toContainText("0 processed twice");
  await expect(criterion(page, "No call is processed twice")).toContainText("Stale answers refused");
  // The failed call is one whose flags never came.
  const latency = criterion(page, "Flags are readable");
  await expect(latency).toContainText("Broken");
  for (const name of ["p50", "p95", "Worst", "Link delay p50"]) await expect(latency.getByText(name, { exact: true })).toBeVisible();
  await expect(page.getByRole("region", { name: "Alerts" })).toContainText("could not be kept");
});

test("the lanes add up with the queue", async ({ page }) => {
  test.setTimeout(400_000);
  await signInAsReviewer(page);
  await openFailedCall(page);
  await openSettledQueue(page);
  const tab = page.getByRole("navigation", { name: "Filter by state" }).getByRole("link", { name: /^Failed/ });
  const failed = Number((await tab.textContent())?.replace(/\D/g, ""));
  expect(failed).toBeGreaterThan(0);
  await page.goto("/dashboard");
  expect(await laneNumber(page, "All", "Waiting")).toBe(0);
  expect(await laneNumber(page, "All", "In work")).toBe(0);
  expect(await laneNumber(page, "All", "Failed")).toBe(failed);
  expect(await laneNumber(page, "Recording", "Failed")).toBe(failed);
  expect(await laneNumber(page, "Judgement", "Today")).toBeGreaterThan(0);
});

test("a table lies behind every chart", async ({ page }) => {
  await signInAsReviewer(page);
  await page.goto("/dashboard");
  for (const title of ["Volume and money", "Flags by rule", "Flags by publisher", "Flags by campaign"]) {
    const section = page.getByRole("region", { name: title, exact: true });
    const table = section.getByRole("table");
    await expect(table).toBeHidden();
    await section.getByText(/^Table/).click();
    await expect(table).toBeVisible();
    expect(await table.getByRole("rowheader").count()).toBeGreaterThan(0);
  }
  const calls = page.getByRole("img", { name: /^Calls per day: \d+ today/ });
  await expect(calls).toBeVisible();
  const newest = page.getByRole("table", { name: "Volume and money per UTC day" }).getByRole("row").nth(1);
  const today = (await newest.getByRole("cell").first().textContent())?.trim();
  await expect(calls).toHaveAccessibleName(new RegExp(`^Calls per day: ${today} today`));
  await expect(newest.getByRole("cell").nth(1)).toHaveText(/^\$[\d,]+\.\d\d/);
});

test("bars lead to the queue with their filter", async ({ page }) => {
  await signInAsReviewer(page);
  for (const filter of ["rule", "publisher", "campaign"]) {
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Dashboard" }).click();
    const bars = page.getByRole("region", { name: `Flags by ${filter}`, exact: true });
    await bars.getByRole("listitem").getByRole("link").first().click();
    await expect(page).toHaveURL(new RegExp(`^[^?]*/\\?${filter}=.+`));
    await expect(page.getByRole("heading", { name: "Queue" })).toBeVisible();
  }
});

test("the days shown are in the address", async ({ page }) => {
  await signInAsReviewer(page);
  await page.goto("/dashboard");
  const ranges = page.getByRole("navigation", { name: "Days shown" });
  await expect(page.getByRole("heading", { name: "Last 14 days" })).toBeVisible();
  await ranges.getByRole("link", { name: "30 days" }).click();
  await expect(page).toHaveURL("/dashboard?days=30");
  await expect(page.getByRole("heading", { name: "Last 30 days" })).toBeVisible();
  await expect(ranges.getByRole("link", { name: "30 days" })).toHaveAttribute("aria-current", "page");
  await page.getByRole("region", { name: "Volume and money", exact: true }).getByText(/^Table/).click();
  await expect(page.getByRole("table", { name: "Volume and money per UTC day" }).getByRole("rowheader")).toHaveCount(30);
  await page.keyboard.press("7");
  await expect(page).toHaveURL("/dashboard?days=7");
  await page.reload();
  await expect(page.getByRole("heading", { name: "Last 7 days" })).toBeVisible();
});

test("a lost connection is said, and the numbers stay", async ({ page, context }) => {
  await signInAsReviewer(page);
  await page.clock.install();
  await page.goto("/dashboard");
  // The keys answer once the page is alive.
  await expect(async () => {
    await page.keyboard.press("3");
    await expect(page).toHaveURL("/dashboard?days=30", { timeout: 200 });
  }).toPass();
  await context.setOffline(true);
  await page.clock.runFor(11_000);
  await expect(page.getByRole("alert").filter({ hasText: "The connection was lost" })).toBeVisible();
  await expect(page.getByRole("article")).toHaveCount(5);
  await context.setOffline(false);
  await page.clock.runFor(11_000);
  await expect(page.getByText("The connection was lost")).toBeHidden();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the dashboard reads the same", async ({ page }) => {
    await signInAsReviewer(page);
    await page.goto("/dashboard?days=7");
    await expect(page.getByRole("article")).toHaveCount(5);
    await expect(criterion(page, "Ingest is less than")).toContainText("Holds");
    await expect(page.getByRole("table", { name: "How the lanes stand" })).toBeVisible();
    await expect(page.getByRole("img", { name: /^Revenue per day/ })).toBeVisible();
    await page.getByRole("region", { name: "Volume and money", exact: true }).getByText(/^Table/).click();
    await expect(page.getByRole("table", { name: "Volume and money per UTC day" }).getByRole("rowheader")).toHaveCount(7);
    await page.getByRole("navigation", { name: "Days shown" }).getByRole("link", { name: "14 days" }).click();
    await expect(page).toHaveURL("/dashboard");
  });
});
