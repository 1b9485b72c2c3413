import { expect, flagCards, openFlaggedCall, signInAsReviewer, test, transcriptLines } from "./fixtures.ts";

test.beforeEach(async ({ page }) => {
  await signInAsReviewer(page);
  await openFlaggedCall(page);
});

test("the transcript is exported as JSON and as WebVTT", async ({ page }) => {
  const said = (await transcriptLines(page).first().locator(".line-words").innerText()).split(" ")[0] ?? "";
  await page.getByText("Export", { exact: true }).click();
  const menu = page.getByRole("list", { name: "Export" });
  const file = async (name: string) => {
    const download = page.waitForEvent("download");
    await menu.getByRole("link", { name, exact: true }).click();
    const file = await download;
    const chunks: Buffer[] = [];
    for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
    return { name: file.suggestedFilename(), text: Buffer.concat(chunks).toString() };
  };
  const json = await file("JSON");
  expect(json.name).toMatch(/^callscript-call-\d+\.json$/);
  const content = JSON.parse(json.text) as { call: { flags: unknown[] }; transcript: { segments: unknown[] } };
  expect(content.call.flags.length).toBeGreaterThan(0);
  expect(content.transcript.segments.length).toBeGreaterThan(0);
  const vtt = await file("WebVTT");
  expect(vtt.name).toMatch(/^callscript-call-\d+\.vtt$/);
  expect(vtt.text).toMatch(/^WEBVTT\n\n\d\d:\d\d:\d\d\.\d\d\d --> /);
  expect(vtt.text).toContain(said);
});

test("the printable page opens from the call", async ({ page }) => {
  await page.getByText("Export", { exact: true }).click();
  const opened = page.waitForEvent("popup");
  await page.getByRole("link", { name: "Print" }).click();
  await expect((await opened).getByRole("heading", { level: 1 })).toContainText(/Call \d+/);
});

test("the menu folds at Escape, and when one goes on elsewhere", async ({ page }) => {
  const opener = page.locator("summary", { hasText: "Export" });
  const menu = page.getByRole("list", { name: "Export" });
  await opener.click();
  await page.keyboard.press("Tab");
  await expect(menu.getByRole("link").first()).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(menu).toBeHidden();
  await expect(opener).toBeFocused();
  await opener.click();
  await expect(menu).toBeVisible();
  await page.getByRole("heading", { level: 1 }).click();
  await expect(menu).toBeHidden();
});

test.describe("without JavaScript", () => {
  test("a call reads on paper", async ({ page, browser, baseURL }) => {
    const title = (await flagCards(page).first().getByRole("heading").innerText()).trim();
    const quote = await flagCards(page).locator("blockquote").first().innerText();
    const words = await transcriptLines(page).last().locator(".line-words").innerText();
    const context = await browser.newContext({ javaScriptEnabled: false, baseURL, storageState: await page.context().storageState() });
    const plain = await context.newPage();
    await plain.goto(`${new URL(page.url()).pathname}/print`);
    await expect(plain.getByRole("heading", { name: title }).first()).toBeVisible();
    await expect(plain.getByText(quote).first()).toBeVisible();
    await expect(plain.getByText(words).first()).toBeVisible();
    await expect(plain.getByText(/Not decided yet|by .+@callscript\.local on/).first()).toBeVisible();
    expect(await plain.locator("script").count()).toBe(0);
    await expect(plain.getByText("Print this page with your browser.")).toBeVisible();
    await plain.emulateMedia({ media: "print" });
    await expect(plain.getByText("Print this page with your browser.")).toBeHidden();
    await context.close();
  });
});
