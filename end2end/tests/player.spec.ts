import { currentTime, expect, flagCards, openFlaggedCall, openSearch, signInAsReviewer, test, transcriptLines } from "./fixtures.ts";
import { generateCalls } from "./generated-calls.ts";

test.beforeEach(async ({ page }) => {
  test.setTimeout(120_000);
  await signInAsReviewer(page);
});

const sound = (page: import("@playwright/test").Page) =>
  page.evaluate(() => {
    const audio = document.querySelector("audio");
    return { rate: audio?.playbackRate, pitchKept: audio?.preservesPitch };
  });

test("speed keeps the pitch and is the same on the next call", async ({ page }) => {
  await openFlaggedCall(page);
  await page.getByLabel("Speed").selectOption("2.5");
  await expect.poll(() => sound(page)).toEqual({ rate: 2.5, pitchKept: true });
  await page.reload();
  await (await openSearch(page)).press("Escape");
  await expect(page.getByLabel("Speed")).toHaveValue("2.5");
  await expect.poll(() => sound(page)).toEqual({ rate: 2.5, pitchKept: true });
});

test("silence is skipped while that is on, and the choice is kept", async ({ page }) => {
  const [call = ""] = await generateCalls("one-hour");
  await page.goto(call);
  await (await openSearch(page)).press("Escape");
  const skip = page.getByRole("button", { name: "Skip silence" });
  await expect(skip).toHaveAttribute("aria-pressed", "false");
  await page.keyboard.press("s");
  await expect(skip).toHaveAttribute("aria-pressed", "true");
  // Nobody speaks from 14.9 to 17.3 s; a third of a second of it is heard on either side.
  await page.goto(`${call}?t=14.8`);
  await expect(skip).toHaveAttribute("aria-pressed", "true");
  await expect.poll(() => currentTime(page)).toBeCloseTo(14.8, 1);
  const landed = page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const audio = document.querySelector("audio");
        audio?.addEventListener("seeking", () => resolve(audio.currentTime), { once: true });
      }),
  );
  await page.keyboard.press("k");
  expect(await landed).toBeCloseTo(17, 0);
});

test("keys move by five seconds, the slider says where it is", async ({ page }) => {
  await openFlaggedCall(page);
  await page.keyboard.press("l");
  await expect.poll(() => currentTime(page)).toBeGreaterThanOrEqual(5);
  const seek = page.getByRole("slider", { name: "Seek" });
  await expect(seek).toHaveAttribute("aria-valuetext", /^0:0[5-9] of [\d:]+$/);
  await page.keyboard.press("j");
  await expect(seek).toHaveAttribute("aria-valuetext", /^0:0[0-4] of/);
  await expect(flagCards(page).first()).toBeVisible();
});

test("the page is read without JavaScript", async ({ page, browser }) => {
  await openFlaggedCall(page);
  const plain = await browser.newContext({ javaScriptEnabled: false, storageState: await page.context().storageState() });
  const reader = await plain.newPage();
  await reader.goto(page.url());
  await expect(transcriptLines(reader).first()).toBeVisible();
  await expect(reader.locator(".line-words mark").first()).toBeVisible();
  await expect(reader.getByTestId("recording")).toHaveAttribute("src", /^http/);
  await plain.close();
});
