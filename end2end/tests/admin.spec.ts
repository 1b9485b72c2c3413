import { ADMIN, comesIn, expect, openFailedCall, openSettledQueue, signIn, signInAsAdmin, signInAsReviewer, test, REVIEWER } from "./fixtures.ts";
import { type Page } from "@playwright/test";

/** How long a broken recording takes to fail again once it is tried again. */
const FAILS_AGAIN_WITHIN_MS = 60_000;

const section = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

test("a reviewer is told that this page is for admins", async ({ page }) => {
  await signInAsReviewer(page);
  await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Admin" })).toHaveCount(0);
  const answer = await page.goto("/admin");
  expect(answer?.status()).toBe(403);
  await expect(page.getByRole("heading", { name: "For admins only" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Failed calls" })).toHaveCount(0);
});

test("rules are shown as they hold, with their versions", async ({ page }) => {
  await signInAsAdmin(page);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Admin" }).click();
  const medicare = section(page, "Medicare");
  await expect(medicare).toContainText("Claimed to be Medicare or the government");
  const rule = medicare.getByRole("listitem").filter({ hasText: "No recorded-line disclosure" }).first();
  await rule.getByText("No recorded-line disclosure").click();
  await expect(rule).toContainText("Must be said");
  await expect(rule).toContainText("first 60 s");
  await expect(rule).toContainText("recorded (line|call|conversation)");
  await expect(rule).toContainText("Within the first minute the agent must say that the call is recorded.");
  await expect(rule).toContainText("I am calling on a recorded line.");
  await medicare.getByText("Versions").click();
  await expect(medicare.getByRole("listitem").filter({ hasText: "In force" })).toContainText("Added");
});

test("people are listed with their roles", async ({ page }) => {
  await signInAsAdmin(page);
  await page.goto("/admin");
  const people = section(page, "People").getByRole("row");
  await expect(people.filter({ hasText: ADMIN })).toContainText("Admin");
  await expect(people.filter({ hasText: ADMIN })).toContainText("Today");
  await expect(people.filter({ hasText: REVIEWER })).toContainText("Reviewer");
});

test("a failed call is tried again, by itself and with all of its reason", async ({ page }) => {
  test.setTimeout(300_000);
  await signInAsAdmin(page);
  await openFailedCall(page);
  const number = /\/calls\/(\d+)/.exec(page.url())?.[1] ?? "";
  await page.goto("/admin");
  const failed = section(page, "Failed calls");
  const group = failed.getByRole("listitem").filter({ hasText: "What the link leads to is no audio recording." }).first();
  await expect(group).toContainText("Recording");
  await group.getByText("Calls", { exact: true }).click();
  const again = group.getByRole("button", { name: `Try call ${number} again` });
  await again.click();
  await expect(failed.getByRole("status")).toHaveText("1 call is tried again.");
  await expect(again).toHaveCount(0);

  // Its link is as broken as before, so it fails once more.
  await expect(async () => {
    await page.reload();
    await expect(group).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: FAILS_AGAIN_WITHIN_MS });
  await group.getByRole("button", { name: /^Try (all [\d,]+ )?again$/ }).first().click();
  await expect(failed.getByRole("status")).toHaveText(/^\d+ calls? (is|are) tried again\.$/);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a failed call is tried again", async ({ page }) => {
    test.setTimeout(300_000);
    await signIn(page, ADMIN);
    const failed = section(page, "Failed calls");
    const group = failed.getByRole("listitem").filter({ hasText: "What the link leads to is no audio recording." }).first();
    await expect(async () => {
      await page.goto("/admin");
      await expect(group).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: FAILS_AGAIN_WITHIN_MS });
    await group.getByRole("button", { name: /^Try (all [\d,]+ )?again$/ }).first().click();
    await expect(page).toHaveURL(/\/admin/);
    await expect(page.getByRole("heading", { name: "Admin" })).toBeVisible();
    await expect(group).toHaveCount(0);
  });

  test("a lane is paused and resumed", async ({ page }) => {
    await signIn(page, ADMIN);
    const lanes = section(page, "Lanes");
    await page.goto("/admin");
    await lanes.getByRole("button", { name: "Pause Judgement" }).click();
    await expect(page).toHaveURL(/\/admin/);
    await lanes.getByRole("button", { name: "Resume Judgement" }).click();
    await expect(lanes.getByRole("button", { name: "Pause Judgement" })).toBeVisible();
  });

  test("a lane that holds no calls is paused and resumed, and the dashboard says so meanwhile", async ({ page }) => {
    await signIn(page, ADMIN);
    const lanes = section(page, "Lanes");
    await page.goto("/admin");
    await lanes.getByRole("button", { name: "Pause Reconciliation" }).click();
    await expect(lanes.getByRole("button", { name: "Resume Reconciliation" })).toBeVisible();
    await page.goto("/dashboard");
    await expect(page.getByRole("row", { name: "Reconciliation Paused" })).toContainText(`by ${ADMIN}`);
    await page.goto("/admin");
    await lanes.getByRole("button", { name: "Resume Reconciliation" }).click();
    await expect(lanes.getByRole("button", { name: "Pause Reconciliation" })).toBeVisible();
  });
});

test("a lane is paused, and a call given up and tried again by hand", async ({ page }) => {
  test.setTimeout(300_000);
  await signInAsAdmin(page);
  await openSettledQueue(page);
  await page.goto("/admin");
  const lanes = section(page, "Lanes");
  const recording = lanes.getByRole("list", { name: "Lanes" }).getByRole("listitem").filter({ hasText: "Recording" });
  await lanes.getByRole("button", { name: "Pause Recording" }).click();
  try {
    await expect(lanes.getByRole("status")).toHaveText("The lane Recording is paused. Work in hand goes on.");
    await expect(recording).toContainText(`by ${ADMIN}`);

    // A call that comes in now waits.
    await comesIn(page, { recording: "call4_gift_card.mp3", recording_fault: { kind: "not_audio" } });
    const waiting = page.getByRole("list", { name: "Calls" }).getByRole("link", { name: /^Call \d+/ }).first();
    await expect(async () => {
      await page.goto("/?state=in_progress");
      await expect(waiting).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: FAILS_AGAIN_WITHIN_MS });
    await waiting.click();
    const byHand = section(page, "By hand");
    await expect(byHand.getByRole("button", { name: "Take back" })).toBeHidden();
    await byHand.getByLabel("Reason for giving up").fill("A test call.");
    await byHand.getByRole("button", { name: "Give up" }).click();
    await expect(page.getByRole("note")).toContainText("A test call.");
    await expect(byHand.getByRole("button", { name: "Give up" })).toBeHidden();
    await byHand.getByRole("button", { name: "Try again" }).click();
    await expect(byHand.getByRole("button", { name: "Give up" })).toBeVisible();
  } finally {
    await page.goto("/admin");
    await lanes.getByRole("button", { name: "Resume Recording" }).click();
  }
  await expect(lanes.getByRole("status")).toHaveText("The lane Recording works again.");
  await expect(lanes.getByRole("button", { name: "Pause Recording" })).toBeVisible();
});

test("a reviewer has nothing to do by hand", async ({ page }) => {
  test.setTimeout(120_000);
  await signInAsReviewer(page);
  await openFailedCall(page);
  await expect(section(page, "By hand")).toHaveCount(0);
});
