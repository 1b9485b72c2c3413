// Not the test of fixtures.ts: that a file is gone may be said in the console.
import { expect, test } from "@playwright/test";
import { signInAsReviewer } from "./fixtures.ts";

test("a page whose file is gone, as after a new release, is loaded as a whole", async ({ page }) => {
  await signInAsReviewer(page);
  // Asked for twice: on the way, and once more before the browser gives up.
  const gone = { status: 404, body: "" };
  await page.route("**/pkg/split_rest.*.wasm", (route) => route.fulfill(gone), { times: 2 });
  await page.evaluate(() => document.body.setAttribute("data-old-release", ""));
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Search" }).click();
  await expect(page.getByRole("heading", { name: "Search", exact: true })).toBeVisible();
  await expect(page).toHaveURL(/\/search$/);
  await expect(page.locator("[data-old-release]")).toHaveCount(0);
});

test("a page whose file has come is opened without loading another document", async ({ page }) => {
  await signInAsReviewer(page);
  await page.evaluate(() => document.body.setAttribute("data-same-document", ""));
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Search" }).click();
  await expect(page.getByRole("heading", { name: "Search", exact: true })).toBeVisible();
  await expect(page.locator("[data-same-document]")).toHaveCount(1);
});
