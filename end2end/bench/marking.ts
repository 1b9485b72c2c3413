import { type Page } from "@playwright/test";
import { openSearch } from "../tests/fixtures.ts";

/**
 * Types the queries into the transcript's search. Gives for each key the milliseconds until a frame is drawn in which the
 * page tells the right number of hits, and all hits of the lines in the window are marked.
 */
export async function millisecondsToMark(page: Page, queries: string[]): Promise<number[]> {
  const field = await openSearch(page);
  const lines = await page.locator(".line-words").allTextContents();
  const expected: Record<string, number[]> = {};
  for (const query of queries) {
    for (let letters = 1; letters <= query.length; letters += 1) {
      expected[query.slice(0, letters)] = lines.map((line) => hitsIn(line, query.slice(0, letters)));
    }
  }
  const typed = await field.evaluateHandle((field, expected) => {
    const taken: number[] = [];
    const lines = [...document.querySelectorAll(".line")];
    const count = document.querySelector(".search-count");
    /** Taken for true only when it is. */
    const isMarked = (hits: number[]) => {
      const all = hits.reduce((sum, one) => sum + one, 0);
      if (!(all > 0 ? count?.textContent?.endsWith(` of ${all}`) : count?.textContent === "No hits")) return false;
      const marks = [...(CSS.highlights.get("found") ?? [])].map((mark) => mark.startContainer);
      return lines.every((line, number) => {
        const { top, bottom } = line.getBoundingClientRect();
        if (bottom < 0 || top > innerHeight) return true;
        return marks.filter((mark) => line.contains(mark)).length === hits[number];
      });
    };
    let pressed = 0;
    field.addEventListener("keydown", () => (pressed = performance.now()), true);
    field.addEventListener("input", () => {
      const hits = expected[(field as HTMLInputElement).value];
      if (!hits) return;
      const look = () =>
        requestAnimationFrame(() => {
          const channel = new MessageChannel();
          // A message is read after the frame has been drawn.
          channel.port1.onmessage = () => {
            const ms = performance.now() - pressed;
            if (isMarked(hits)) taken.push(ms);
            else look();
          };
          channel.port2.postMessage(null);
        });
      look();
    });
    return taken;
  }, expected);
  let keys = 0;
  for (const query of queries) {
    for (const letter of query) {
      await page.keyboard.press(letter === " " ? "Space" : letter);
      keys += 1;
      await page.waitForFunction(([taken, keys]) => taken.length === keys, [typed, keys] as const);
    }
    await field.fill("");
  }
  return typed.jsonValue();
}

/** In how many stretches of words a query stands, as the page counts them. */
function hitsIn(line: string, query: string): number {
  const [said, wanted] = [line.toLowerCase(), query.trim()];
  const word = (place: number) => said.slice(0, place).split(" ").length;
  let [hits, last] = [0, 0];
  for (let at = said.indexOf(wanted); at >= 0; at = said.indexOf(wanted, at + wanted.length)) {
    if (word(at) <= last) continue;
    last = word(at + wanted.length);
    hits += 1;
  }
  return hits;
}
