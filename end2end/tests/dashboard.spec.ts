import { expect, openFailedCall, signInAsReviewer, test } from "./fixtures.ts";

test("the dashboard says whether the promises hold, and what is wrong", async ({ page }) => {
  test.setTimeout(400_000);
  await signInAsReviewer(page);
  // A recording that could not be kept is what somebody must know.
  await openFailedCall(page);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Dashboard" }).click();
  await expect(page).toHaveURL("/dashboard");
  const ingest = page.getByRole("article").filter({ hasText: "Ingest is less than 2 minutes behind" });
  await expect(ingest).toContainText("Holds");
  await expect(ingest).toContainText(/\d+ s behind/);
  await expect(page.getByRole("article").filter({ hasText: "Audio is never missing" })).toContainText("0 missing");
  await expect(page.getByRole("article").filter({ hasText: "Volume and cost equal Ringba's" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Alerts" })).toContainText("could not be kept");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the dashboard reads the same", async ({ page }) => {
    await signInAsReviewer(page);
    await page.goto("/dashboard");
    await expect(page.getByRole("article").filter({ hasText: "Ingest is less than" })).toContainText("Holds");
  });
});
