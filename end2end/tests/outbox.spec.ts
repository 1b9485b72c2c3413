import { type Page } from "@playwright/test";
import { ADMIN, expect, flagCards, openBesides, openFlaggedCall, openSearch, REVIEWER, reopenFlags, signInAsReviewer, test } from "./fixtures.ts";

const SENDING = "**/api/send_word";
const NOT_SENT = "Not sent yet: it is kept here until the connection is back.";
const confirm = (page: Page) => flagCards(page).first().getByRole("button", { name: /^Confirm flag/ });
const dismiss = async (page: Page) => {
  const card = flagCards(page).first();
  await card.locator("summary", { hasText: "Dismiss" }).click();
  await card.getByRole("button", { name: "Out of context" }).click();
};
const cut = (page: Page) => page.route(SENDING, (route) => route.abort("internetdisconnected"));
const mend = (page: Page) => page.unroute(SENDING);

test.beforeEach(async ({ page }) => {
  test.setTimeout(120_000);
  await signInAsReviewer(page);
  await openFlaggedCall(page);
  await reopenFlags(page);
});

test("a verdict without a connection is kept over a reload and sent when the connection is back", async ({ page }) => {
  const card = flagCards(page).first();
  await cut(page);
  await confirm(page).click();
  await expect(card).toContainText(NOT_SENT);
  await expect(card).toHaveAttribute("data-verdict", "confirmed");
  await page.reload();
  await expect(card).toContainText(NOT_SENT);
  await expect(card).toHaveAttribute("data-verdict", "confirmed");
  await mend(page);
  await expect(card).toContainText(REVIEWER);
  await expect(card).not.toContainText(NOT_SENT);
  await page.reload();
  await expect(card).toHaveAttribute("data-verdict", "confirmed");
});

test("a browser that was offline sends as soon as it is not", async ({ page, context }) => {
  const card = flagCards(page).first();
  await context.setOffline(true);
  await confirm(page).click();
  await expect(card).toContainText(NOT_SENT);
  await context.setOffline(false);
  await expect(card).toContainText(REVIEWER);
});

test("what is not sent is told on other pages, and sent from there", async ({ page }) => {
  await cut(page);
  await confirm(page).click();
  await expect(flagCards(page).first()).toContainText(NOT_SENT);
  const call = page.url();
  await page.getByRole("link", { name: "Queue" }).last().click();
  const told = page.getByRole("status").filter({ hasText: "1 verdict is not sent yet." });
  await expect(told).toBeVisible();
  await mend(page);
  await expect(told).toBeHidden();
  await page.goto(call);
  await expect(flagCards(page).first()).toContainText(REVIEWER);
});

test("a verdict whose answer was lost counts once", async ({ page }) => {
  const card = flagCards(page).first();
  const history = card.getByText(/^History of \d+ verdicts/);
  await confirm(page).click();
  await expect(card).toContainText(REVIEWER);
  await card.getByRole("button", { name: /^Take back/ }).click();
  await expect(card.locator(".flag-card-review > .verdict")).toHaveCount(0);
  const before = Number(/\d+/.exec((await history.textContent()) ?? "")?.[0]);
  await page.route(SENDING, async (route) => {
    await route.fetch();
    await route.abort("internetdisconnected");
  });
  await confirm(page).click();
  await expect(card).toContainText(NOT_SENT);
  await mend(page);
  await expect(card).not.toContainText(NOT_SENT);
  await expect(card).toContainText(REVIEWER);
  await page.reload();
  await expect(history).toHaveText(`History of ${before + 1} verdicts`);
});

test("what was taken back while it waited ends as taken back", async ({ page }) => {
  const card = flagCards(page).first();
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/api/send_word")) sent.push(request.postData() ?? "");
  });
  await cut(page);
  await confirm(page).click();
  await expect(card).toContainText(NOT_SENT);
  await card.getByRole("button", { name: /^Take back/ }).click();
  await expect(card).not.toHaveAttribute("data-verdict");
  await mend(page);
  // The first may have arrived: both are sent, and in their order.
  await expect(confirm(page)).toBeVisible();
  await expect(card.locator(".flag-card-review > .verdict")).toHaveCount(0);
  expect(sent.at(-1)).toContain("verdict=withdrawn");
});

test("a verdict that somebody else has overtaken says so, and is said again or let go", async ({ page, browser }) => {
  const card = flagCards(page).first();
  for (const way of ["Say it again", "Let it go"]) {
    await cut(page);
    await confirm(page).click();
    await expect(card).toContainText(NOT_SENT);
    const other = await openBesides(browser, page);
    await (await openSearch(other)).press("Escape");
    await dismiss(other);
    await expect(flagCards(other).first()).toContainText(ADMIN);
    await other.context().close();
    await mend(page);
    await expect(card.getByRole("alert")).toContainText(`“Confirmed” was not kept. ${ADMIN} has said something about this meanwhile (dismissed).`);
    await card.getByRole("button", { name: way }).click();
    await expect(card).toHaveAttribute("data-verdict", way === "Let it go" ? "dismissed" : "confirmed");
    await expect(card.locator(".flag-card-review > .verdict")).toContainText(way === "Let it go" ? ADMIN : REVIEWER);
    await reopenFlags(page);
  }
});
