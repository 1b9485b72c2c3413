import { defineConfig } from "@playwright/test";
import config from "./playwright.config.ts";

// What measures is no test: it takes minutes, and a figure that falls short fails nothing.
export default defineConfig({ ...config, testDir: "bench", projects: config.projects?.slice(0, 1), timeout: 600_000 });
