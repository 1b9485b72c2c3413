import { type Browser, type Page } from "@playwright/test";
import { ADMIN, expect, REVIEWER, signIn, signInAsReviewer, test } from "./fixtures.ts";
import { MANY, manyCalls } from "./many-calls.ts";

const RINGBA_URL = process.env.RINGBA_URL ?? "http://127.0.0.1:4010";
const calls = (page: Page) => page.getByRole("list", { name: "Calls" }).getByRole("listitem");
const rows = (page: Page) => calls(page).getByRole("link", { name: /^Call \d+/ });
const tabs = (page: Page) => page.getByRole("navigation", { name: "Filter by state" });
const chips = (page: Page) => page.getByRole("list", { name: "Active filters" });

/** The queue once it answers to keys. */
async function openAlive(page: Page, address = "/") {
  await page.goto(address);
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(async () => {
    await page.keyboard.press("?");
    await expect(help).toBeVisible({ timeout: 200 });
  }).toPass();
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
}

/** Waits until so many calls wait for a person. */
async function waitForCallsToReview(page: Page, calls: number) {
  await page.goto("/");
  const toReview = tabs(page).getByRole("link", { name: /^To review/ });
  await expect(async () => {
    expect(Number((await toReview.innerText()).replace(/\D/g, ""))).toBeGreaterThanOrEqual(calls);
  }).toPass({ timeout: 180_000 });
}

async function personIn(browser: Browser, email: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await signIn(page, email);
  await expect(page.getByRole("heading", { name: "Queue" })).toBeVisible();
  return page;
}

test.beforeEach(async ({ page }) => {
  await signInAsReviewer(page);
});

test("filters live in the address and go one by one", async ({ page }) => {
  await openAlive(page, "/?state=flagged");
  await page.keyboard.press("f");
  await page.getByRole("combobox", { name: "Severity" }).selectOption("Critical");
  await expect(page).toHaveURL("/?state=flagged&severity=critical");
  await page.getByLabel("From", { exact: true }).fill("2020-01-01");
  await expect(page).toHaveURL("/?state=flagged&severity=critical&from=2020-01-01");
  await page.reload();
  await expect(chips(page).getByRole("link", { name: "Remove filter Severity: Critical" })).toBeVisible();
  await expect(tabs(page).getByRole("link", { name: /^Flagged/ })).toHaveAttribute("aria-current", "page");
  await chips(page).getByRole("link", { name: "Remove filter Severity: Critical" }).click();
  await expect(page).toHaveURL("/?state=flagged&from=2020-01-01");
  await chips(page).getByRole("link", { name: "Remove filter From: 2020-01-01" }).click();
  await expect(page).toHaveURL("/?state=flagged");
  await expect(chips(page)).toBeHidden();
});

test("a filter that makes no sense is refused with a sentence", async ({ page }) => {
  await page.goto("/?state=lost");
  await expect(page.getByRole("alert").filter({ hasText: "There is no state lost." })).toBeVisible();
});

test("filters are kept as views", async ({ page }, info) => {
  const name = `Late ${info.project.name} ${Date.now()}`;
  await openAlive(page, "/?state=failed&vertical=aca_health");
  await page.getByText("Views", { exact: true }).click();
  const save = async () => {
    await page.getByLabel("Save the present filters as").fill(name);
    await page.getByRole("button", { name: "Save view" }).click();
  };
  await save();
  const views = page.getByRole("list", { name: "Saved views" });
  await expect(views.getByRole("link", { name })).toBeVisible();
  await save();
  await expect(page.getByText(`You have a view named ${name} already.`)).toBeVisible();
  await openAlive(page);
  await page.getByText("Views", { exact: true }).click();
  await views.getByRole("link", { name }).click();
  await expect(page).toHaveURL("/?state=failed&vertical=aca_health");
  await page.getByRole("button", { name: `Delete view ${name}` }).click();
  await expect(views.getByRole("link", { name })).toBeHidden();
});

test.describe("with more calls than a page holds", () => {
  test.beforeEach(() => manyCalls("add"));
  test.afterEach(() => manyCalls("remove"));

  test("more come at the end, and Back finds the place again", async ({ page }) => {
    await openAlive(page, MANY);
    await expect(rows(page)).toHaveCount(50);
    for (const loaded of [100, 120]) {
      await rows(page).last().scrollIntoViewIfNeeded();
      await expect(rows(page)).toHaveCount(loaded);
    }
    await expect(page.getByRole("link", { name: "Load more" })).toBeHidden();
    const addresses = await rows(page).evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    expect(new Set(addresses).size).toBe(120);
    const deep = rows(page).nth(80);
    await deep.scrollIntoViewIfNeeded();
    expect(await page.evaluate(() => window.scrollY)).toBeGreaterThan(500);
    const address = await deep.getAttribute("href");
    await deep.click();
    await expect(page).toHaveURL(/\/calls\/\d+/);
    await expect(page.getByRole("link", { name: "Queue" }).last()).toBeVisible();
    await page.goBack();
    await expect(rows(page)).toHaveCount(120);
    await expect(page.locator(`a[href="${address}"]`)).toBeInViewport();
  });

  test.describe("without JavaScript", () => {
    test.use({ javaScriptEnabled: false });

    test("the next page is a link", async ({ page }) => {
      const seen = new Set<string | null>();
      await page.goto(MANY);
      for (const onPage of [50, 50, 20]) {
        await expect(rows(page)).toHaveCount(onPage);
        for (const link of await rows(page).all()) seen.add(await link.getAttribute("href"));
        if (onPage === 50) await page.getByRole("link", { name: "Load more" }).click();
      }
      expect(seen.size).toBe(120);
    });
  });
});

test("a row that changes keeps the focus", async ({ page, browser }) => {
  await openAlive(page);
  await page.keyboard.press("j");
  const first = rows(page).first();
  await expect(first).toBeFocused();
  const address = (await first.getAttribute("href")) ?? "";
  const admin = await personIn(browser, ADMIN);
  await admin.goto(address);
  await expect(calls(page).filter({ has: page.locator(`a[href="${address}"]`) })).toContainText(ADMIN);
  await expect(page.locator(`a[href="${address}"]`)).toBeFocused();
  await admin.context().close();
});

test("the list does not jump while the focus is in it", async ({ page }) => {
  // A call may be two minutes behind.
  test.setTimeout(180_000);
  await openAlive(page);
  await page.keyboard.press("j");
  await expect(rows(page).first()).toBeFocused();
  const before = await rows(page).evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  // With a recording: one without would be waited for an hour.
  const made = await page.request.post(`${RINGBA_URL}/control/calls`, { data: { recording: "call5_do_not_call_honored.mp3" } });
  expect(made.status()).toBe(201);
  const news = page.getByRole("button", { name: /new call/ });
  await expect(news).toBeVisible({ timeout: 120_000 });
  const held = await rows(page).evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  expect(held).toEqual(before);
  await news.click();
  await expect(news).toBeHidden();
});

test("keys move through rows, tabs and filters", async ({ page }) => {
  await openAlive(page);
  await page.keyboard.press("j");
  await expect(rows(page).first()).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(rows(page).nth(1)).toBeFocused();
  await page.keyboard.press("k");
  await expect(rows(page).first()).toBeFocused();
  const address = (await rows(page).first().getAttribute("href")) ?? "";
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`${address}$`));
  await openAlive(page);
  await page.keyboard.press("3");
  await expect(page).toHaveURL("/?state=flagged");
  await page.keyboard.press("1");
  await expect(page).toHaveURL("/");
  await page.keyboard.press("f");
  await expect(page.getByRole("combobox", { name: "Severity" })).toBeFocused();
});

test("two reviewers never get the same next call", async ({ browser }) => {
  test.setTimeout(240_000);
  const [reviewer, admin] = await Promise.all([personIn(browser, REVIEWER), personIn(browser, ADMIN)]);
  await waitForCallsToReview(reviewer, 2);
  await Promise.all([reviewer, admin].map((page) => page.getByRole("button", { name: "Next call" }).click()));
  await Promise.all([reviewer, admin].map((page) => expect(page).toHaveURL(/\/calls\/\d+\?flag=.+&t=\d+/)));
  const number = (page: Page) => /\/calls\/(\d+)/.exec(page.url())?.[1];
  expect(number(reviewer)).not.toBe(number(admin));
  await admin.goto("/?state=to_review");
  // Pages that were closed a moment ago may still count as open.
  const taken = calls(admin).filter({ has: admin.getByRole("link", { name: new RegExp(`^Call ${number(reviewer)},`) }) });
  await expect(taken).toContainText(REVIEWER);
  await Promise.all([reviewer, admin].map((page) => page.context().close()));
});

test("a lost connection says so, and is found again", async ({ page, context }) => {
  await openAlive(page);
  await context.setOffline(true);
  await expect(page.getByText("The connection was lost. It will be tried again.")).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText("The connection was lost. It will be tried again.")).toBeHidden();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("filters are sent as a form", async ({ page }) => {
    await page.goto("/?state=flagged");
    await page.locator("summary", { hasText: "Filters" }).click();
    await page.getByRole("combobox", { name: "Severity" }).selectOption("critical");
    await page.getByRole("button", { name: "Apply" }).click();
    await expect(page).toHaveURL(/state=flagged&severity=critical/);
    await expect(chips(page).getByRole("link", { name: "Remove filter Severity: Critical" })).toBeVisible();
  });
});
