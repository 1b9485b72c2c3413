import { AxeBuilder } from "@axe-core/playwright";
import { type Page } from "@playwright/test";
import { expect, openFailedCall, openFlaggedCall, openSearch, openUndecidedCall, signInAsAdmin, test } from "./fixtures.ts";
import { switchJudgedRules } from "./judged-rules.ts";

/** Every page in the states that look different, each opened the way a person would. */
const PAGES: Record<string, (page: Page) => Promise<void>> = {
  queue: async (page) => {
    await page.goto("/");
    await expect(page.getByRole("list", { name: "Calls" })).toBeVisible();
  },
  "queue with filters": async (page) => {
    await page.goto("/?state=flagged&severity=critical");
    await expect(page.getByRole("heading", { name: "Queue" })).toBeVisible();
  },
  search: async (page) => {
    await page.goto("/search?q=number");
    await expect(page.getByRole("heading", { name: "Search" })).toBeVisible();
  },
  dashboard: async (page) => {
    await page.goto("/dashboard");
    await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
  },
  admin: async (page) => {
    await page.goto("/admin");
    await expect(page.getByRole("heading", { name: "Admin" })).toBeVisible();
  },
  "call with flags": openFlaggedCall,
  "call with a search": async (page) => {
    await openFlaggedCall(page);
    await (await openSearch(page)).fill("you");
  },
  "call that failed": openFailedCall,
  "call that needs a human": async (page) => {
    await switchJudgedRules("on");
    await openUndecidedCall(page);
    await switchJudgedRules("off");
  },
  "call on paper": async (page) => {
    await openFlaggedCall(page);
    await page.goto(`${new URL(page.url()).pathname}/print`);
    await expect(page.getByRole("heading", { name: "Transcript" })).toBeVisible();
  },
  "export menu": async (page) => {
    await openFlaggedCall(page);
    await page.getByText("Export", { exact: true }).click();
    await expect(page.getByRole("list", { name: "Export" })).toBeVisible();
  },
  "keyboard help": async (page) => {
    await openFlaggedCall(page);
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  },
  "not found": async (page) => {
    await page.goto("/nowhere");
    await expect(page.getByRole("heading", { name: "Nothing at this address" })).toBeVisible();
  },
};

let found = 0;
test.afterAll(() => {
  console.log(`figure: axe_violations = ${found} (goal <= 0) ${found > 0 ? "short" : "holds"}`);
});

/** What axe-core finds wrong, one line for each place. */
async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const places = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.target.join(" ")}: ${node.failureSummary ?? ""}`),
  );
  found += places.length;
  return places;
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("the sign-in page has no violation", async ({ page }) => {
      await page.goto("/sign-in");
      expect(await violations(page)).toEqual([]);
    });

    for (const [name, open] of Object.entries(PAGES)) {
      test(`${name} has no violation`, async ({ page }) => {
        test.setTimeout(240_000);
        await signInAsAdmin(page);
        await open(page);
        expect(await violations(page)).toEqual([]);
      });
    }
  });
}
