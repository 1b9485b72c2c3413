import { type Page } from "@playwright/test";
import { expect, openFlaggedCall, signInAsReviewer, test } from "./fixtures.ts";

const SIGNED_LINK = /\/storage\/v1\/object\/sign\//;

/** Counts how often the page asks for another link. */
function countLinks(page: Page) {
  const asked = { times: 0 };
  page.on("request", (request) => {
    if (request.url().endsWith("/api/sign_recording")) asked.times += 1;
  });
  return asked;
}

test.beforeEach(async ({ page }) => {
  test.setTimeout(120_000);
  await signInAsReviewer(page);
});

test("a recording that no browser can decode is given up after one more link", async ({ page }) => {
  const asked = countLinks(page);
  await page.route(SIGNED_LINK, (route) => route.fulfill({ contentType: "audio/mpeg", body: "This is no sound." }));
  await openFlaggedCall(page);
  await expect(page.getByRole("alert").filter({ hasText: "This recording cannot be played." })).toBeVisible();
  // A page that goes on asking would have done so by the time that it has loaded everything again.
  await page.waitForLoadState("networkidle");
  expect(asked.times).toBe(1);
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
  const duration = () => page.evaluate(() => document.querySelector("audio")?.duration ?? 0);
  await expect.poll(duration).toBeGreaterThan(5);
  expect(refused).toBeGreaterThan(0);
  expect(asked.times).toBe(1);
  await expect(page.getByRole("alert").filter({ hasText: "recording" })).toHaveCount(0);
});
