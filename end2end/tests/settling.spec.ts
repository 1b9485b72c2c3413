import { type Locator, type Page } from "@playwright/test";
import { ADMIN, expect, openUndecidedCall, PASSWORD, REVIEWER, signInAsAdmin, signInAsReviewer, test, undecidedRules } from "./fixtures.ts";
import { switchJudgedRules } from "./judged-rules.ts";

const heading = (page: Page) => page.getByRole("heading", { level: 1 });
const status = (page: Page) => page.locator(".call-heading-title .status");
const verdicts = (page: Page) => page.locator(".judgement");

/** The address of a call with an undecided rule. */
async function undecidedCall(page: Page): Promise<string> {
  await signInAsAdmin(page);
  await openUndecidedCall(page);
  return new URL(page.url()).pathname;
}

/** Opens the choice, where the rule has been settled before. */
async function choose(card: Locator, outcome: string, reason?: string) {
  const change = card.getByText("Change", { exact: true });
  if (await change.isVisible()) await change.click();
  if (reason) await card.getByRole("textbox", { name: "Reason" }).fill(reason);
  await card.getByRole("button", { name: new RegExp(`^${outcome}:`) }).click();
}

test.beforeAll(() => switchJudgedRules("on"));
test.afterAll(() => switchJudgedRules("off"));
test.beforeEach(() => test.setTimeout(300_000));

test("a rule that the model could not be asked about is settled, and settled otherwise", async ({ page }) => {
  const address = await undecidedCall(page);
  const card = undecidedRules(page).first();
  await expect(card).toContainText("No language model is configured.");
  await expect(card).toContainText("It will be asked again.");

  await choose(card, "Broken", "The caller told another income.");
  await expect(card.locator(".rule-card-review > .verdict .badge")).toHaveText("Broken");
  await expect(card).toContainText(ADMIN);
  await expect(card).toContainText("The caller told another income.");
  await expect(status(page)).toHaveText("Settled: broken");
  await page.goto("/?state=undecided");
  await expect(page.locator(`a[href="${address}"]`)).toHaveAccessibleName(/, settled: broken:/);

  // Another person comes to another end: the newest word counts.
  await page.context().clearCookies();
  await signInAsReviewer(page);
  await page.goto(address);
  await expect(status(page)).toHaveText("Settled: broken");
  await choose(card, "Kept");
  await expect(card.locator(".rule-card-review > .verdict .badge")).toHaveText("Kept");
  await expect(card).toContainText(REVIEWER);
  await expect(status(page)).toHaveText("Settled: kept");
  await page.reload();
  await expect(status(page)).toHaveText("Settled: kept");
  await expect(page.getByRole("region", { name: "Undecided rules" })).toContainText("1 of 1 settled");
});

test("a rule does not apply for a reason only", async ({ page }) => {
  await undecidedCall(page);
  const card = undecidedRules(page).first();
  const reason = card.getByRole("textbox", { name: "Reason" });
  await choose(card, "Does not apply");
  await expect(reason).not.toHaveAttribute("required");
  await expect(reason).toBeFocused();
  await expect(reason).toHaveAttribute("aria-invalid", "true");
  await expect(reason).toHaveAccessibleDescription("Needed where the rule does not apply.");
  await expect(card.locator(".rule-card-review > .verdict .badge").filter({ hasText: "Does not apply" })).toHaveCount(0);

  // Nothing is decided by the Enter key.
  await reason.fill("No income was spoken of.");
  await reason.press("Enter");
  await expect(reason).toHaveValue("No income was spoken of.");
  await card.getByRole("button", { name: /^Does not apply:/ }).click();
  await expect(card.locator(".rule-card-review > .verdict .badge")).toHaveText("Does not apply");
  await expect(card).toContainText("No income was spoken of.");
});

test("it is said only of a call that waits for it that a rule will be asked again", async ({ page }) => {
  await undecidedCall(page);
  const card = undecidedRules(page).first();
  await expect(card).toContainText("It will be asked again.");
  await page.route("**/api/touch_call", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), asked_again: false } });
  });
  await expect(card).not.toContainText("It will be asked again.");
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("a call is judged again, and every verdict stays readable", async ({ page }) => {
  await undecidedCall(page);
  const fold = page.getByText(/^Verdicts/);
  await fold.click();
  const before = await verdicts(page).count();
  await page.getByRole("button", { name: "Judge again" }).click();
  await expect(page.getByText("This call is being judged again.")).toBeVisible();
  // What was decided stays on the page meanwhile.
  await expect(undecidedRules(page).first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Judge again" })).toHaveCount(0);

  await expect(verdicts(page)).toHaveCount(before + 1);
  await expect(page.getByText("This call is being judged again.")).toHaveCount(0);
  await expect(page.getByText("Shown", { exact: true })).toHaveCount(1);
  await expect(verdicts(page).first()).toContainText("Shown");
  await verdicts(page).last().locator("summary").click();
  await expect(verdicts(page).last()).toContainText(/Rules.*Model.*Tokens0 in, 0 out.*Cost\$0/);
  await expect(verdicts(page).last().getByRole("listitem").first()).toBeVisible();
});

test("reviewers have no call judged again", async ({ page, request }) => {
  const address = await undecidedCall(page);
  await page.context().clearCookies();
  await signInAsReviewer(page);
  await page.goto(address);
  await expect(heading(page)).toBeVisible();
  await expect(page.getByRole("button", { name: "Judge again" })).toHaveCount(0);
  await request.post("/api/sign_in", { form: { email: REVIEWER, password: PASSWORD, next: "" } });
  const answer = await request.post("/api/rejudge_call", { form: { call_id: address.split("/").at(-1) ?? "" } });
  expect(answer.status()).toBe(403);
});

test("flags tell how their words are proven", async ({ page }) => {
  await signInAsAdmin(page);
  await page.goto("/?state=flagged");
  await page.getByRole("list", { name: "Calls" }).getByRole("link", { name: /^Call \d+, flagged/ }).first().click();
  const card = page.getByRole("region", { name: "Flags" }).getByRole("listitem").filter({ has: page.locator("blockquote") }).first();
  await expect(card).toContainText("word for word");
});

test.describe("without JavaScript", () => {
  test("a rule is settled all the same", async ({ page, browser, baseURL }) => {
    const address = await undecidedCall(page);
    const context = await browser.newContext({ javaScriptEnabled: false, baseURL, storageState: await page.context().storageState() });
    const plain = await context.newPage();
    await plain.goto(address);
    const card = plain.getByRole("region", { name: "Undecided rules" }).getByRole("listitem").first();
    await choose(card, "Kept", "Settled by a plain form.");
    await expect(card).toContainText("Settled by a plain form.");
    await expect(status(plain)).toHaveText("Settled: kept");
    await choose(card, "Does not apply");
    await expect(plain.getByRole("alert").filter({ hasText: "Say why the rule does not apply to this call." })).toBeVisible();
    await expect(status(plain)).toHaveText("Settled: kept");
    await card.getByRole("button", { name: /^Take back/ }).click();
    await expect(status(plain)).toHaveText("Needs a human");
    await context.close();
  });
});
