import { readdirSync, readFileSync } from "node:fs";
import { type APIRequestContext } from "@playwright/test";
import { expect, PASSWORD, REVIEWER, test, WORKER } from "./fixtures.ts";

// Every server function that asks who is there, with arguments that it would accept. The list is held
// against the source, so that a new function cannot be forgotten.
const FUNCTIONS: Record<string, Record<string, string>> = {
  act_on_calls: { act: "retry", "calls[]": "1" },
  add_comment: { call_id: "1", body: "x", at_ms: "" },
  add_flag: { call_id: "1", rule_key: "x", first_word: "0", last_word: "1", reason: "" },
  delete_view: { view_id: "1" },
  hold_call: { call_id: "1", reason: "x" },
  leave_call: { call_id: "1" },
  lift_hold: { call_id: "1", reason: "x" },
  load_admin: {},
  load_call: { call_id: "1" },
  load_dashboard: {},
  load_me: {},
  load_queue: { query: "", after: "", rows: "50" },
  load_queue_choices: {},
  load_report: { days: "14" },
  load_search_choices: {},
  next_call: { query: "" },
  pause_lane: { lane: "vault", pause: "false" },
  rejudge_call: { call_id: "1" },
  remove_comment: { comment_id: "1" },
  review_flag: { call_id: "1", flag_id: "x", verdict: "confirmed", reason: "" },
  save_view: { name: "x", query: "" },
  search_transcripts: { address: "q=plan" },
  send_word: { word_key: "key-0001", call_id: "1", subject: "x", verdict: "confirmed", reason: "" },
  settle_rule: { call_id: "1", rule_key: "x", outcome: "pass", reason: "" },
  sign_recording: { call_id: "1", original: "false" },
  touch_call: { call_id: "1" },
  withdraw_review: { call_id: "1", flag_id: "x" },
};
const FOR_EVERYBODY = ["sign_in", "sign_out"];

const APP = new URL("../../app/src/", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, APP), "utf8");

/** The names of the server functions, wherever in the app they stand. One without a name counts as one, too. */
function functionsInTheSource(): string[] {
  const sources = readdirSync(APP, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".rs")).map(read);
  return sources.flatMap((source) =>
    [...source.matchAll(/#\[server\b(?!\(default\))([^\]]*)\]/g)].map(
      ([attribute, settings]) => /endpoint = "([^"]+)"/.exec(settings ?? "")?.[1] ?? attribute,
    ),
  );
}

/** An address for every page of the router but sign-in, which is for everybody. */
function pagesInTheSource(): string[] {
  const paths = [...read("app.rs").matchAll(/path!\("([^"]*)"\)/g)].map((match) => `/${match[1]?.replace(/^\//, "")}`);
  return [...new Set(paths)].filter((path) => path !== "/sign-in").map((path) => path.replaceAll(/:\w+/g, "1"));
}

/** The name of the session's cookie, and the three parts of its token. */
async function sessionOf(request: APIRequestContext, email: string) {
  const signedIn = await request.post("/api/sign_in", { form: { email, password: PASSWORD, next: "" } });
  expect(signedIn.ok()).toBe(true);
  const cookie = (await request.storageState()).cookies.find(({ name }) => name.endsWith("callscript-session"));
  const [expiresAt = "", refreshToken = "", token = ""] = cookie?.value.split("~") ?? [];
  const [header = "", payload = "", signature = ""] = token.split(".");
  const cookieWith = (token: string) => `${expiresAt}~${refreshToken}~${token}`;
  return { name: cookie?.name ?? "", cookieWith, header, payload, signature };
}

const decoded = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
const encoded = (part: unknown) => Buffer.from(JSON.stringify(part)).toString("base64url");

/** Cookies that the server reads as sessions, with tokens that Auth never gave. */
const FORGERIES: Record<string, (request: APIRequestContext) => Promise<{ name: string; value: string }>> = {
  "whose token nobody signed": async (request) => {
    const { name, cookieWith, payload } = await sessionOf(request, REVIEWER);
    return { name, value: cookieWith(`${encoded({ alg: "none", typ: "JWT" })}.${payload}.`) };
  },
  "whose role was changed after signing": async (request) => {
    const { name, cookieWith, header, payload, signature } = await sessionOf(request, WORKER);
    const promoted = { ...decoded(payload), app_metadata: { role: "reviewer" } };
    return { name, value: cookieWith(`${header}.${encoded(promoted)}.${signature}`) };
  },
};

test("every server function is on the list", () => {
  expect([...Object.keys(FUNCTIONS), ...FOR_EVERYBODY].sort()).toEqual(functionsInTheSource().sort());
});

test("pages are found in the source", () => {
  expect(pagesInTheSource()).toEqual(expect.arrayContaining(["/", "/calls/1"]));
});

for (const path of [...pagesInTheSource(), "/?state=failed", "/calls/1?t=3", "/calls/1/print", "/nowhere"]) {
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

  for (const [what, forge] of Object.entries(FORGERIES)) {
    test(`with a session ${what} ${name} answers 401`, async ({ request, context, baseURL }) => {
      const forged = await forge(request);
      await context.addCookies([{ ...forged, url: baseURL }]);
      const answer = await context.request.post(`/api/${name}`, { form });
      expect(answer.status()).toBe(401);
      // It was taken for a session and not merely for no cookie: the answer takes it away.
      expect((await context.cookies()).map((cookie) => cookie.name)).not.toContain(forged.name);
    });
  }

  test(`with the wrong role ${name} answers 403`, async ({ request }) => {
    await sessionOf(request, WORKER);
    const answer = await request.post(`/api/${name}`, { form });
    // The worker may learn who it is.
    expect(answer.status()).toBe(name === "load_me" ? 200 : 403);
  });
}

// Files are asked for, not opened: there is no page to be led to.
for (const file of ["transcript.json", "transcript.vtt"]) {
  test(`without a session ${file} answers 401, and with the wrong role 403`, async ({ request }) => {
    expect((await request.get(`/calls/1/${file}`)).status()).toBe(401);
    await sessionOf(request, WORKER);
    expect((await request.get(`/calls/1/${file}`)).status()).toBe(403);
  });
}

test("with the wrong role the printable page answers 403", async ({ request }) => {
  await sessionOf(request, WORKER);
  expect((await request.get("/calls/1/print")).status()).toBe(403);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a session that the database refuses leads back to the form", async ({ page, request, context, baseURL }) => {
    const forged = await FORGERIES["whose token nobody signed"]!(request);
    await context.addCookies([{ ...forged, url: baseURL }]);
    await page.goto("/?state=failed");
    await page.getByRole("link", { name: "Sign in" }).click();
    await expect(page).toHaveURL("/sign-in?next=%2F%3Fstate%3Dfailed");
    await expect(page.getByLabel("E-mail")).toBeVisible();
  });
});

test("another site's form changes nothing", async ({ request }) => {
  const form = { email: REVIEWER, password: PASSWORD, next: "" };
  const answer = await request.post("/api/sign_in", { form, headers: { origin: "https://elsewhere.example" } });
  expect(answer.status()).toBe(403);
});
