// What can be known of the files in server/deploy without a container engine or a cluster.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { validate } from "dockerfile-utils";
import { parse, parseAllDocuments } from "yaml";

const HERE = dirname(fileURLToPath(import.meta.url));
const DEPLOY = join(HERE, "../../server/deploy");
const YAML = { merge: true };

const files = (folder, ending) =>
  readdirSync(join(DEPLOY, folder)).filter((name) => name.endsWith(ending)).map((name) => join(DEPLOY, folder, name));

const manifests = files("kubernetes", ".yaml")
  .filter((file) => !file.endsWith("kustomization.yaml"))
  .flatMap((file) => parseAllDocuments(readFileSync(file, "utf8"), YAML))
  .map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS();
  });
const all = (kind) => manifests.filter((manifest) => manifest.kind === kind);

// The types of the API refuse what is of another type, what is missing, and names that it does not know.
function complaints(about) {
  const folder = mkdtempSync(join(HERE, "node_modules/.manifests-"));
  try {
    const lines = about.map((manifest, at) => {
      const from = manifest.apiVersion.startsWith("keda.sh/") ? "@kubernetes-models/keda" : "kubernetes-models";
      const type = `import("${from}/${manifest.apiVersion}/${manifest.kind}").I${manifest.kind}`;
      return `export const m${at}: ${type} = ${JSON.stringify(manifest)};`;
    });
    const file = join(folder, "manifests.mts");
    writeFileSync(file, lines.join("\n"));
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "--ignoreConfig"];
    const { stdout } = spawnSync(join(HERE, "node_modules/.bin/tsc"), [...options, file], { encoding: "utf8" });
    return stdout.trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the manifests are what the API of Kubernetes and KEDA know", () => {
  assert.equal(complaints(manifests), "");
});

test("a slip in a manifest is found", () => {
  const slips = [
    (pod) => (pod.containers[0].securityContext.readOnlyRootFilesystm = true),
    (pod) => delete pod.containers[0].name,
    (pod) => (pod.terminationGracePeriodSeconds = "40s"),
  ];
  for (const slip of slips) {
    const deployment = structuredClone(all("Deployment")[0]);
    slip(deployment.spec.template.spec);
    assert.notEqual(complaints([deployment]), "", slip.toString());
  }
});

test("every container is held as tightly as it can be", () => {
  for (const { metadata, spec } of all("Deployment")) {
    const pod = spec.template.spec;
    assert.equal(pod.securityContext.runAsNonRoot, true);
    assert.equal(pod.automountServiceAccountToken, false);
    // The programs end within 30 s.
    assert.ok(pod.terminationGracePeriodSeconds > 30);
    for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
      const { securityContext: held, resources } = container;
      assert.equal(held.readOnlyRootFilesystem, true);
      assert.equal(held.allowPrivilegeEscalation, false);
      assert.deepEqual(held.capabilities.drop, ["ALL"]);
      assert.ok(resources.requests.cpu && resources.requests.memory && resources.limits.memory, metadata.name);
    }
    for (const container of pod.containers) {
      const ports = container.ports.map((port) => port.name);
      for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
        assert.ok(ports.includes(container[probe].httpGet.port), `${metadata.name}: ${probe}`);
      }
    }
    const { matchLabels } = spec.selector;
    assert.deepEqual(spec.template.metadata.labels, matchLabels);
    const budget = all("PodDisruptionBudget").find(({ spec }) => spec.selector.matchLabels.app === matchLabels.app);
    assert.ok(budget, `${metadata.name} has no disruption budget`);
  }
});

test("what KEDA asks for is what the server tells", () => {
  const told = readFileSync(join(DEPLOY, "../src/monitoring/metrics.rs"), "utf8");
  const [scaled] = all("ScaledObject");
  for (const { metadata } of scaled.spec.triggers) {
    const [, name, labels] = /^(\w+)\{(.*)\}$/.exec(metadata.valueLocation);
    assert.ok(told.includes(`"${name}"`), name);
    const state = /state="(\w+)"/.exec(labels);
    assert.ok(!state || told.includes(`("${state[1]}"`), labels);
    const [, service, port] = /^http:\/\/([\w-]+)\.callscript\.svc:(\d+)\/metrics$/.exec(metadata.url);
    const { ports } = all("Service").find((found) => found.metadata.name === service).spec;
    assert.equal(ports[0].port, Number(port));
  }
  const names = scaled.spec.triggers.map((trigger) => trigger.name);
  const { formula } = scaled.spec.advanced.scalingModifiers;
  assert.deepEqual(new Set(formula.match(/[a-z]+/g)), new Set(names));
  assert.equal(scaled.spec.scaleTargetRef.name, "callscript-worker");
});

const COMPOSE = join(DEPLOY, "container/compose.yaml");

function composeComplaints(text) {
  const folder = mkdtempSync(join(HERE, "node_modules/.compose-"));
  try {
    const file = join(folder, "compose.yaml");
    writeFileSync(file, text);
    // The images are built here and get a name; what is left out by --quiet is about order and quotes.
    const options = [file, "--quiet", "--disable-rule", "no-build-and-image"];
    const { stdout, stderr, status } = spawnSync(join(HERE, "node_modules/.bin/dclint"), options, { encoding: "utf8" });
    return status === 0 ? "" : stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the compose file is what compose knows, and its containers are held tightly", () => {
  const text = readFileSync(COMPOSE, "utf8");
  assert.equal(composeComplaints(text), "");
  assert.notEqual(composeComplaints(text.replace("  cap_drop:", "  cap_dorp:")), "", "a slip is not found");
  for (const [name, service] of Object.entries(parse(text, YAML).services)) {
    assert.equal(service.read_only, true, name);
    assert.deepEqual(service.cap_drop, ["ALL"], name);
    assert.ok(Number.parseInt(service.stop_grace_period, 10) > 30, name);
  }
});

test("the container files are well formed and end as a user without rights", () => {
  for (const file of files("container", ".Dockerfile")) {
    const text = readFileSync(file, "utf8");
    const found = validate(text).map(({ message, range }) => `${file}:${range.start.line + 1} ${message}`);
    assert.deepEqual(found, []);
    const stages = text.split(/^FROM /m).slice(1).filter((stage) => stage.includes("\nENTRYPOINT "));
    assert.ok(stages.length > 0 && stages.every((stage) => stage.includes("\nUSER 65532:65532\n")), file);
    // What is copied from this folder is there.
    for (const [, paths] of text.matchAll(/^COPY (?!--from)(.*) \S+$/gm)) {
      for (const path of paths.split(" ")) execFileSync("ls", ["-d", join(DEPLOY, "../..", path)]);
    }
  }
});

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;
test("systemd knows every line of the units", { skip: !hasSystemd && "systemd-analyze is not installed" }, () => {
  const folder = mkdtempSync(join(HERE, "node_modules/.units-"));
  try {
    const units = files("systemd", ".service").map((file) => {
      const unit = join(folder, file.split("/").at(-1));
      // The programs are not installed here.
      writeFileSync(unit, readFileSync(file, "utf8").replaceAll(/\/usr\/local\/bin\/[\w-]+/g, "/bin/true"));
      return unit;
    });
    const { stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...units], { encoding: "utf8" });
    assert.equal(stderr.split("\n").filter((line) => line.includes(folder)).join("\n"), "");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
