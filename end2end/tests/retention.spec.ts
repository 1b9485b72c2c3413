import { type Page } from "@playwright/test";
import { expect, signInAsAdmin, signInAsReviewer, test } from "./fixtures.ts";

const hold = (page: Page) => page.locator("details").filter({ has: page.getByRole("heading", { name: "Legal hold" }) });

/** The address of a call that needs nobody. */
async function safeCall(page: Page): Promise<string> {
  await page.goto("/?state=safe");
  await page.getByRole("list", { name: "Calls" }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/calls\/\d+/);
  return new URL(page.url()).pathname;
}

async function open(page: Page) {
  if (!(await hold(page).getByRole("textbox").isVisible())) await hold(page).locator("summary").click();
}

/** Lifts a hold that an attempt before has left. */
async function liftLeftover(page: Page) {
  await open(page);
  const lift = hold(page).getByRole("button", { name: "Lift the hold" });
  if (!(await lift.isVisible())) return;
  await hold(page).getByRole("textbox").fill("Left over.");
  await lift.click();
  await expect(hold(page).getByRole("button", { name: "Set a legal hold" })).toBeVisible();
}

test.beforeEach(() => test.setTimeout(120_000));

test("an admin sets a legal hold and lifts it, each with a reason; a reviewer sees it", async ({ page, browser, baseURL }) => {
  await signInAsAdmin(page);
  const address = await safeCall(page);
  await liftLeftover(page);
  await hold(page).getByRole("textbox", { name: "Why the call must be kept" }).fill("Case 12");
  await hold(page).getByRole("button", { name: "Set a legal hold" }).click();
  await expect(hold(page)).toContainText(/Nothing of this call is deleted, by admin@callscript\.local since .*: Case 12/);

  const reviewer = await browser.newContext({ baseURL });
  const theirs = await reviewer.newPage();
  await signInAsReviewer(theirs);
  await theirs.goto(address);
  await expect(hold(theirs)).toContainText("Case 12");
  await expect(hold(theirs).getByRole("button")).toHaveCount(0);
  const id = address.split("/").at(-1) ?? "";
  const refused = await theirs.request.post("/api/lift_hold", { form: { call_id: id, reason: "x" } });
  expect(refused.status()).toBe(403);
  await reviewer.close();

  await hold(page).getByRole("textbox", { name: "Why it is lifted" }).fill("Case closed");
  await hold(page).getByRole("button", { name: "Lift the hold" }).click();
  await expect(hold(page).getByRole("button", { name: "Set a legal hold" })).toBeVisible();
  await expect(hold(page)).not.toContainText("Case 12");
});

test("what retention deletes goes from an open page, which says so", async ({ page }) => {
  await signInAsReviewer(page);
  let audioGone = false;
  let transcriptGone = false;
  await page.route("**/api/touch_call", async (route) => {
    const answer = await route.fetch();
    const told = (await answer.json()) as Record<string, unknown>;
    if (audioGone) told.audio_deleted_at = "2026-11-20T10:00:00Z";
    if (transcriptGone) Object.assign(told, { transcript_deleted_at: "2026-11-21T10:00:00Z", has_transcript: false });
    await route.fulfill({ response: answer, json: told });
  });
  await safeCall(page);
  await expect(page.getByRole("region", { name: "Player" })).toBeVisible();
  const transcript = page.getByRole("region", { name: "Transcript" });
  audioGone = true;
  await expect(page.getByText(/The recording was deleted on .*, when its time was over\./)).toBeVisible();
  await expect(page.getByRole("region", { name: "Player" })).toHaveCount(0);
  await expect(transcript.getByText("deleted")).toHaveCount(0);
  transcriptGone = true;
  await expect(transcript).toContainText(/The transcript was deleted on .*, when its time was over/);
});

test.describe("without JavaScript", () => {
  test("a hold is set and lifted by plain forms", async ({ page, browser, baseURL }) => {
    await signInAsAdmin(page);
    const address = await safeCall(page);
    await liftLeftover(page);
    const context = await browser.newContext({ javaScriptEnabled: false, baseURL, storageState: await page.context().storageState() });
    const plain = await context.newPage();
    await plain.goto(address);
    await open(plain);
    await hold(plain).getByRole("textbox").fill("By a plain form.");
    await hold(plain).getByRole("button", { name: "Set a legal hold" }).click();
    await expect(hold(plain)).toContainText("By a plain form.");
    await hold(plain).getByRole("textbox").fill("Over.");
    await hold(plain).getByRole("button", { name: "Lift the hold" }).click();
    await expect(hold(plain)).not.toContainText("By a plain form.");
    await context.close();
  });
});
