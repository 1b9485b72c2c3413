import { defineConfig, devices } from "@playwright/test";

// The system's Chromium: nothing is downloaded. Root, and containers, need it without a sandbox.
const launchOptions = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
  ],
};

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  // The demo shares the machine with its own worker, and the tests share one database.
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  // When the demo is gone, everything fails.
  maxFailures: 8,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    baseURL: process.env.BASE_URL ?? "http://127.0.0.1:3000",
    launchOptions,
    locale: "en-GB",
    timezoneId: "Europe/London",
    trace: "retain-on-failure",
  },
  projects: [
    { name: "desktop", use: { ...devices["Desktop Chrome"], channel: undefined, viewport: { width: 1280, height: 860 } } },
    // What needs no window is asked once.
    { name: "phone", testIgnore: /payload|refusals|seek/, use: { ...devices["Pixel 7"], channel: undefined } },
  ],
});
