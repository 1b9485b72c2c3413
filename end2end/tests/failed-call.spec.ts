import { expect, openFailedCall, signInAsReviewer, test } from "./fixtures.ts";

test("a call whose recording is no audio fails, and its page says why", async ({ page }) => {
  test.setTimeout(120_000);
  await signInAsReviewer(page);
  await openFailedCall(page);
  const reason = page.getByRole("note");
  await expect(reason).toContainText("The recording could not be fetched.");
  await expect(reason).toContainText("What the link leads to is no audio recording.");
  await expect(page.getByRole("region", { name: "Progress" }).getByRole("listitem").first()).toContainText("failed");
  await expect(page.getByRole("region", { name: "Player" })).toHaveCount(0);
});
