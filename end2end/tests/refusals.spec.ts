import { readdirSync, readFileSync } from "node:fs";
import { expect, PASSWORD, test, WORKER } from "./fixtures.ts";

// Every server function that asks who is there, with arguments that it would accept. The list is held
// against the source, so that a new function cannot be forgotten.
const FUNCTIONS: Record<string, Record<string, string>> = {
  load_call: { call_id: "1" },
  load_me: {},
  load_queue: { filter: "all" },
  review_flag: { call_id: "1", flag_id: "x", verdict: "confirmed", reason: "" },
  sign_recording: { storage_path: "ra/1.mp3" },
};
const FOR_EVERYBODY = ["sign_in", "sign_out"];

function functionsInTheSource(): string[] {
  const folder = new URL("../../app/src/server_functions/", import.meta.url);
  const sources = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"));
  return sources.flatMap((source) => [...source.matchAll(/endpoint = "([^"]+)"/g)].map((match) => match[1] ?? ""));
}

test("every server function is on the list", () => {
  expect([...Object.keys(FUNCTIONS), ...FOR_EVERYBODY].sort()).toEqual(functionsInTheSource().sort());
});

for (const path of ["/", "/?state=failed", "/calls/1", "/calls/1?t=3", "/nowhere"]) {
  test(`without a session ${path} leads to sign-in`, async ({ page }) => {
    await page.goto(path);
    await expect(page).toHaveURL(/\/sign-in/);
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  });
}

for (const [name, form] of Object.entries(FUNCTIONS)) {
  test(`without a session ${name} answers 401`, async ({ request }) => {
    const answer = await request.post(`/api/${name}`, { form });
    expect(answer.status()).toBe(401);
  });

  test(`with a forged session ${name} answers 401`, async ({ request, context, page }) => {
    // The names of the real cookies, with somebody's own content.
    await page.goto("/sign-in");
    await page.getByLabel("E-mail").fill("reviewer@callscript.local");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { name: "Queue" })).toBeVisible();
    const forged = (await context.cookies()).map((cookie) => `${cookie.name}=eyJhbGciOiJub25lIn0.e30.`).join("; ");
    const answer = await request.post(`/api/${name}`, { form, headers: { cookie: forged } });
    expect(answer.status()).toBe(401);
  });

  test(`with the wrong role ${name} answers 403 or shows nothing`, async ({ request }) => {
    const signedIn = await request.post("/api/sign_in", { form: { email: WORKER, password: PASSWORD, next: "" } });
    expect(signedIn.ok()).toBe(true);
    const answer = await request.post(`/api/${name}`, { form });
    // The worker may learn who it is, and Storage answers about what it may not see as about what is not there.
    const allowed = { load_me: [200], sign_recording: [403, 404] }[name] ?? [403];
    expect(allowed).toContain(answer.status());
  });
}

test("another site's form changes nothing", async ({ request }) => {
  const form = { email: "reviewer@callscript.local", password: PASSWORD, next: "" };
  const answer = await request.post("/api/sign_in", { form, headers: { origin: "https://elsewhere.example" } });
  expect(answer.status()).toBe(403);
});
