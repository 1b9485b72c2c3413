import { defineConfig } from "@playwright/test";
import config from "./playwright.config.ts";

// What measures is no test: it takes minutes, and a figure that falls short fails nothing. Two tests print figures, too.
export default defineConfig({
  ...config,
  testDir: ".",
  testMatch: ["bench/*.spec.ts", "tests/accessibility.spec.ts", "tests/payload.spec.ts"],
  projects: config.projects?.slice(0, 1),
  timeout: 600_000,
  // A trace takes a picture of the whole page at every step: of a long call's, hundreds of milliseconds in its own thread.
  use: { ...config.use, trace: "off" },
});
