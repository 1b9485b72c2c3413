import { expect, type Page } from "@playwright/test";

/** The key of every local stack, as the Supabase CLI prints it. */
const SECRET_KEY = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz";

/** The review copy that the worker made of a call's recording, in Storage. */
export class ReviewCopy {
  private constructor(
    private readonly page: Page,
    private readonly storage: string,
    private readonly path: string,
  ) {}

  /** Of the call that the page shows. Where another test has taken it away, what is played now takes its place. */
  static async ensure(page: Page): Promise<ReviewCopy> {
    const played = new URL((await page.getByTestId("recording").getAttribute("src")) ?? "");
    const [storage = "", path = ""] = played.pathname.split("/object/sign/recordings/");
    const copy = new ReviewCopy(page, `${played.origin}${storage}/object/`, path.replace(/(\.review)?\.[^./]*$/, ".review.mp3"));
    if (path !== copy.path) {
      const sound = await copy.ask("get", `authenticated/recordings/${path}`);
      await copy.ask("post", `recordings/${copy.path}`, await sound.body());
    }
    return copy;
  }

  /** Removes the copy from Storage, and nobody notes it. */
  async lose() {
    await this.ask("delete", `recordings/${this.path}`);
  }

  private async ask(method: "get" | "post" | "delete", path: string, data?: Buffer) {
    const headers = { apikey: SECRET_KEY, authorization: `Bearer ${SECRET_KEY}`, "content-type": "audio/mpeg", "x-upsert": "true" };
    const answer = await this.page.request[method](this.storage + path, { headers, data });
    expect(answer.ok(), `${method} ${path}: ${answer.status()}`).toBe(true);
    return answer;
  }
}
