import { expect, openFailedCall, openFlaggedCall, openSettledQueue, openUndecidedCall, signInAsAdmin, signInAsReviewer, test } from "./fixtures.ts";
import { switchJudgedRules } from "./judged-rules.ts";

/** The pictures in the repository change only when somebody asks: `make screenshots`. */
const FOLDER = process.env.SCREENSHOTS ?? "test-results/screenshots";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("every page fits its window", async ({ page }, info) => {
      // The first run waits until the demo has judged all of its calls.
      test.setTimeout(400_000);
      const picture = async (name: string) => {
        const { width, window } = await page.evaluate(() => ({
          width: document.documentElement.scrollWidth,
          window: document.documentElement.clientWidth,
        }));
        expect(width, `${name} does not scroll sideways`).toBeLessThanOrEqual(window);
        await page.screenshot({ path: `${FOLDER}/${name}-${info.project.name}-${colorScheme}.png` });
      };

      await page.goto("/sign-in");
      await picture("sign-in");
      await signInAsReviewer(page);
      await openFailedCall(page);
      await openSettledQueue(page);
      await picture("queue");
      await page.goto("/search?q=%22social+security+number%22+or+guarantee");
      await expect(page.getByRole("list", { name: "Calls found" })).toBeVisible();
      await picture("search");
      await page.goto("/dashboard");
      await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
      await picture("dashboard");
      await openFailedCall(page);
      await picture("call-failed");
      await openFlaggedCall(page);
      await page.keyboard.press(".");
      await expect(page.locator('[aria-current="true"][id^="line-"]')).toHaveCount(1);
      await page.evaluate(() => document.querySelector("audio")?.pause());
      await page.evaluate(() => window.scrollTo(0, 0));
      await picture("call");
      await page.goto(`${new URL(page.url()).pathname}/print`);
      await picture("call-print");

      await page.context().clearCookies();
      await signInAsAdmin(page);
      await page.goto("/admin");
      await expect(page.getByRole("heading", { name: "Admin" })).toBeVisible();
      await picture("admin");
      await switchJudgedRules("on");
      await openUndecidedCall(page);
      await switchJudgedRules("off");
      await picture("call-undecided");
      await page.getByText(/^Verdicts/).click();
      const newest = page.locator(".judgement").first();
      await newest.locator("summary").click();
      await newest.evaluate((verdict) => verdict.scrollIntoView({ block: "center" }));
      await picture("call-verdicts");
    });
  });
}
