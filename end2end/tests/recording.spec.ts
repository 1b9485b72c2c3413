import { type Page } from "@playwright/test";
import { expect, openFlaggedCall, signInAsReviewer, test } from "./fixtures.ts";
import { ReviewCopy } from "./review-copy.ts";

const SIGNED_LINK = /\/storage\/v1\/object\/sign\//;
const REVIEW_COPY = /\/storage\/v1\/object\/sign\/[^?]*\.review\.mp3\?/;
const ORIGINAL = /\/storage\/v1\/object\/sign\/(?![^?]*\.review\.)[^?]*\?/;

/** Counts how often the page asks for another link. */
function countLinks(page: Page) {
  const asked = { times: 0 };
  page.on("request", (request) => {
    if (request.url().endsWith("/api/sign_recording")) asked.times += 1;
  });
  return asked;
}

/** Seconds that the browser could read of the recording. */
const duration = (page: Page) => page.evaluate(() => document.querySelector("audio")?.duration ?? 0);

const trouble = (page: Page) => page.getByRole("alert").filter({ hasText: "recording" });

test.beforeEach(async ({ page }) => {
  test.setTimeout(120_000);
  await signInAsReviewer(page);
});

test("a recording that no browser can decode is given up after one more link", async ({ page }) => {
  const asked = countLinks(page);
  let hasCopy = false;
  await page.route(SIGNED_LINK, (route) => {
    hasCopy ||= REVIEW_COPY.test(route.request().url());
    return route.fulfill({ contentType: "audio/mpeg", body: "This is no sound." });
  });
  await openFlaggedCall(page);
  await expect(page.getByRole("alert").filter({ hasText: "This recording cannot be played." })).toBeVisible();
  // A page that goes on asking would have done so by the time that it has loaded everything again.
  await page.waitForLoadState("networkidle");
  // The review copy gets one more link, then the original a first, and one more.
  expect(asked.times).toBe(hasCopy ? 3 : 1);
});

test("a link that has run out is replaced, and the recording plays", async ({ page }) => {
  const asked = countLinks(page);
  let refused = 0;
  await page.route(SIGNED_LINK, (route) => {
    if (asked.times > 0) return route.continue();
    refused += 1;
    return route.fulfill({ status: 400, contentType: "application/json", body: '{"error":"InvalidJWT"}' });
  });
  await openFlaggedCall(page);
  await expect.poll(() => duration(page)).toBeGreaterThan(5);
  expect(refused).toBeGreaterThan(0);
  expect(asked.times).toBe(1);
  await expect(trouble(page)).toHaveCount(0);
});

test("a call that went through the worker plays the copy that the worker made", async ({ page }) => {
  // Other tests take flagged calls' copies away.
  await page.goto("/?state=safe");
  const call = page.getByRole("list", { name: "Calls" }).getByRole("link", { name: /^Call \d+, safe/ }).first();
  await expect(call).toBeVisible({ timeout: 60_000 });
  await call.click();
  await expect(page.getByTestId("recording")).toHaveAttribute("src", REVIEW_COPY);
  // The copy is as long as the transcript is, give or take the silence around it.
  await expect.poll(() => duration(page)).toBeGreaterThan(5);
  const lastLine = await page.getByRole("button", { name: /^Play from/ }).last().innerText();
  const [minutes = 0, seconds = 0] = lastLine.split(":").map(Number);
  expect(await duration(page)).toBeGreaterThan(minutes * 60 + seconds);
});

test("the review copy is played, and the original where the copy is gone", async ({ page }) => {
  await openFlaggedCall(page);
  const copy = await ReviewCopy.ensure(page);
  await page.reload();
  await expect(page.getByTestId("recording")).toHaveAttribute("src", REVIEW_COPY);
  await expect.poll(() => duration(page)).toBeGreaterThan(5);

  await copy.lose();
  await page.reload();
  await expect(page.getByTestId("recording")).toHaveAttribute("src", ORIGINAL);
  await expect.poll(() => duration(page)).toBeGreaterThan(5);
  await expect(trouble(page)).toHaveCount(0);
});

test("a review copy that is lost while the page is open gives way to the original", async ({ page }) => {
  await openFlaggedCall(page);
  const copy = await ReviewCopy.ensure(page);
  // What Storage answers when an object is gone.
  let lost: Promise<void> | undefined;
  await page.route(REVIEW_COPY, async (route) => {
    await (lost ??= copy.lose());
    return route.fulfill({ status: 400, contentType: "application/json", body: '{"statusCode":"404","error":"not_found"}' });
  });
  await page.reload();
  await expect(page.getByTestId("recording")).toHaveAttribute("src", ORIGINAL);
  await expect.poll(() => duration(page)).toBeGreaterThan(5);
  await expect(trouble(page)).toHaveCount(0);
});

test("a review copy that no browser can decode gives way to the original", async ({ page }) => {
  const asked = countLinks(page);
  await openFlaggedCall(page);
  await ReviewCopy.ensure(page);
  await page.route(REVIEW_COPY, (route) => route.fulfill({ contentType: "audio/mpeg", body: "This is no sound." }));
  await page.reload();
  await expect(page.getByTestId("recording")).toHaveAttribute("src", ORIGINAL);
  await expect.poll(() => duration(page)).toBeGreaterThan(5);
  expect(asked.times).toBe(2);
  await expect(trouble(page)).toHaveCount(0);
});
