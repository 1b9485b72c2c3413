// The official client against a Supabase: the embedded stack, `supabase start` or a hosted project.
// It makes its own throw-away users and files and takes them away again.
//
//   SUPABASE_URL              for example http://127.0.0.1:54321
//   SUPABASE_PUBLISHABLE_KEY  sb_publishable_… or the anon key
//   SUPABASE_SECRET_KEY       sb_secret_… or the service_role key

import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { after, before, test } from "node:test";

import { createClient } from "@supabase/supabase-js";
import WebSocket from "ws";

const needed = ["SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY"];
const missing = needed.filter((name) => !process.env[name]);
if (missing.length > 0) {
  throw new Error(`set ${missing.join(", ")}: the witness needs a Supabase to ask`);
}
const [url, publishableKey, secretKey] = needed.map((name) => process.env[name]);

const BUCKET = "recordings";
const auth = { persistSession: false, autoRefreshToken: false };
// Node 20 has no WebSocket of its own, and the client asks for one even when nothing listens.
const realtime = { transport: WebSocket };
const newClient = (key = publishableKey) => createClient(url, key, { auth, realtime });

const run = randomUUID();
const service = newClient(secretKey);
const password = randomBytes(18).toString("base64url");
const path = `witness/${run}/call 1.mp3`;
const bytes = randomBytes(64 * 1024);
const users = {};

async function createUser(name, appMetadata) {
  const email = `witness-${name}-${run}@example.com`;
  const { data, error } = await service.auth.admin.createUser({
    email,
    password,
    email_confirm: true,
    app_metadata: appMetadata,
  });
  assert.ifError(error);
  users[name] = { id: data.user.id, email };
}

async function signIn(name) {
  const client = newClient();
  const { data, error } = await client.auth.signInWithPassword({ email: users[name].email, password });
  assert.ifError(error);
  return { client, session: data.session };
}

before(async () => {
  await createUser("reviewer", { role: "reviewer" });
  await createUser("stranger", {});
});

after(async () => {
  await service.storage.from(BUCKET).remove([path]);
  for (const { id } of Object.values(users)) {
    await service.auth.admin.deleteUser(id);
  }
});

test("a user signs in and is who the token says", async () => {
  const { client, session } = await signIn("reviewer");
  assert.equal(session.token_type, "bearer");
  const { data, error } = await client.auth.getUser();
  assert.ifError(error);
  assert.equal(data.user.id, users.reviewer.id);
  assert.equal(data.user.app_metadata.role, "reviewer");
  const claims = await client.auth.getClaims();
  assert.ifError(claims.error);
  assert.equal(claims.data.claims.sub, users.reviewer.id);
});

test("a wrong password is refused", async () => {
  const { data, error } = await newClient().auth.signInWithPassword({
    email: users.reviewer.email,
    password: `${password}x`,
  });
  assert.equal(data.session, null);
  assert.equal(error.status, 400);
  assert.equal(error.code, "invalid_credentials");
});

test("strangers cannot sign up", async () => {
  const { data, error } = await newClient().auth.signUp({ email: `up-${run}@example.com`, password });
  assert.equal(data.session, null);
  assert.equal(error.code, "signup_disabled");
});

test("a session is refreshed, and its token replaced", async () => {
  const { client, session } = await signIn("reviewer");
  const { data, error } = await client.auth.refreshSession();
  assert.ifError(error);
  assert.notEqual(data.session.refresh_token, session.refresh_token);
  const { data: me } = await client.auth.getUser();
  assert.equal(me.user.id, users.reviewer.id);
});

test("signing out ends the session on the server", async () => {
  const { client, session } = await signIn("reviewer");
  assert.ifError((await client.auth.signOut({ scope: "local" })).error);
  const { error } = await newClient().auth.getUser(session.access_token);
  // The client's own name for the code session_not_found.
  assert.equal(error.name, "AuthSessionMissingError");
  const refreshed = await newClient().auth.refreshSession({ refresh_token: session.refresh_token });
  assert.equal(refreshed.error.code, "refresh_token_not_found");
});

test("a reviewer calls a function of the api schema", async () => {
  const { client } = await signIn("reviewer");
  const { data, error } = await client.schema("api").rpc("me");
  assert.ifError(error);
  assert.equal(data.role, "reviewer");
});

test("a function refuses those without a role and the anonymous", async () => {
  const { client } = await signIn("stranger");
  const stranger = await client.schema("api").rpc("me");
  assert.equal(stranger.error.code, "42501");
  assert.equal(stranger.status, 403);
  const anonymous = await newClient().schema("api").rpc("me");
  assert.equal(anonymous.error.code, "42501");
  assert.equal(anonymous.status, 401);
});

test("only the service makes accounts", async () => {
  const { client } = await signIn("reviewer");
  const { error } = await client.auth.admin.listUsers();
  assert.equal(error.status, 403);
  assert.equal(error.code, "not_admin");
});

test("a recording is uploaded, linked, read in part and deleted", async () => {
  const files = service.storage.from(BUCKET);
  const body = new Blob([bytes], { type: "audio/mpeg" });
  const uploaded = await files.upload(path, body, { contentType: "audio/mpeg" });
  assert.ifError(uploaded.error);
  assert.equal(uploaded.data.path, path);

  const again = await files.upload(path, body, { contentType: "audio/mpeg" });
  assert.equal(again.error.statusCode, "409");
  assert.ifError((await files.upload(path, bytes, { contentType: "audio/mpeg", upsert: true })).error);

  const info = await files.info(path);
  assert.ifError(info.error);
  assert.equal(info.data.size, bytes.length);
  const listed = await files.list(`witness/${run}`);
  assert.deepEqual(listed.data.map(({ name }) => name), ["call 1.mp3"]);

  const signed = await files.createSignedUrl(path, 60);
  assert.ifError(signed.error);
  const part = await fetch(signed.data.signedUrl, { headers: { range: "bytes=100-199" } });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get("content-range"), `bytes 100-199/${bytes.length}`);
  assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(100, 200));
  const changed = await fetch(signed.data.signedUrl.replace("call%201.mp3", "call%202.mp3"));
  assert.equal(changed.status, 400);

  const whole = await files.download(path);
  assert.ifError(whole.error);
  assert.deepEqual(Buffer.from(await whole.data.arrayBuffer()), bytes);

  const { client } = await signIn("stranger");
  const refused = await client.storage.from(BUCKET).upload(`witness/${run}/x.mp3`, body);
  assert.equal(refused.error.statusCode, "403");
  assert.notEqual((await client.storage.from(BUCKET).createSignedUrl(path, 60)).error, null);

  const removed = await files.remove([path]);
  assert.ifError(removed.error);
  assert.equal(removed.data.length, 1);
  const gone = await files.download(path);
  assert.notEqual(gone.error, null);
});
