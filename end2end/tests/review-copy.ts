import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, type Page } from "@playwright/test";

/** The key of every local stack, as the Supabase CLI prints it. */
const SECRET_KEY = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz";
const PSQL = fileURLToPath(new URL("../scripts/psql.sh", import.meta.url));

/** A call's recording in Storage, and its review copy beside it. */
export class ReviewCopy {
  private constructor(
    private readonly page: Page,
    private readonly storage: string,
    private readonly copy: string,
  ) {}

  /** Gives the call that the page shows a review copy, as a worker would; the original's bytes do. */
  static async make(page: Page): Promise<ReviewCopy> {
    const callId = /\/calls\/(\d+)/.exec(page.url())?.[1] ?? "";
    const noted = execFileSync(PSQL, ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--command", `
      update calls set review_path = regexp_replace(storage_path, '\\.[^./]*$', '') || '.review.mp3', review_bytes = audio_bytes,
        review_sha256 = audio_sha256, review_content_type = 'audio/mpeg'
      where call_id = ${callId} returning storage_path, review_path`], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    const [original = "", copy = ""] = noted.trim().split("|");
    const played = await page.getByTestId("recording").getAttribute("src");
    const storage = new URL("/storage/v1/object/", played ?? "").href;
    const made = new ReviewCopy(page, storage, copy);
    const sound = await made.ask("get", `authenticated/recordings/${original}`);
    await made.ask("post", `recordings/${copy}`, await sound.body());
    return made;
  }

  /** Removes the copy from Storage, and nobody notes it. */
  async lose() {
    await this.ask("delete", `recordings/${this.copy}`);
  }

  private async ask(method: "get" | "post" | "delete", path: string, data?: Buffer) {
    const headers = { apikey: SECRET_KEY, authorization: `Bearer ${SECRET_KEY}`, "content-type": "audio/mpeg", "x-upsert": "true" };
    const answer = await this.page.request[method](this.storage + path, { headers, data });
    expect(answer.ok(), `${method} ${path}: ${answer.status()}`).toBe(true);
    return answer;
  }
}
