import { expect, signIn, signInAsReviewer, test } from "./fixtures.ts";

test("a wrong password gets a sentence", async ({ page }) => {
  await signIn(page, "reviewer@callscript.local", "not-the-password");
  await expect(page.getByRole("alert")).toHaveText(/e-mail address or the password is wrong/);
  await expect(page).toHaveURL(/\/sign-in/);
});

test("an unknown address gets the same sentence", async ({ page }) => {
  await signIn(page, "nobody@callscript.local", "callscript-local");
  await expect(page.getByRole("alert")).toHaveText(/e-mail address or the password is wrong/);
});

test("sign-in leads back to the page that was asked for", async ({ page }) => {
  await page.goto("/?state=failed");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await page.getByLabel("E-mail").fill("reviewer@callscript.local");
  await page.getByLabel("Password").fill("callscript-local");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/?state=failed");
});

test("the browser holds no token that scripts can read", async ({ page, context }) => {
  await signInAsReviewer(page);
  expect(await page.evaluate(() => document.cookie)).toBe("");
  // Unsent words and the queue's filters are kept there, and nothing that opens anything.
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  expect(kept).not.toMatch(/eyJ|token|[A-Za-z0-9_]{30}/);
  const session = (await context.cookies()).filter((cookie) => cookie.value.length > 100);
  expect(session.length).toBeGreaterThan(0);
  for (const cookie of session) expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax" });
});

test("after signing out the queue is closed", async ({ page }) => {
  await signInAsReviewer(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto("/");
  await expect(page).toHaveURL(/\/sign-in/);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("one can sign in and read the queue", async ({ page }) => {
    await signInAsReviewer(page);
    await expect(page.getByRole("navigation", { name: "Filter by state" })).toBeVisible();
  });

  test("a wrong password gets a sentence", async ({ page }) => {
    await signIn(page, "reviewer@callscript.local", "not-the-password");
    await expect(page.getByRole("alert")).toHaveText(/e-mail address or the password is wrong/);
  });
});
