import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemory, digestInput, guard } from "autopack/breaker";
import { createFolderStore } from "./folder-store.mjs";

const folder = await mkdtemp(join(tmpdir(), "breaker-"));
const now = () => new Date();

/** Any function that costs something and may fail. */
let calls = 0;
async function translate({ language, text }) {
  calls += 1;
  if (language === "") throw new Error("no language is set");
  if (text.includes("{")) throw new Error("the translation lost a placeholder");
  return `${text} (${language})`;
}

/** What went wrong, for the breaker: the same cause has the same fingerprint. */
function describe(error) {
  // Without a language it fails for sure; a lost placeholder is the translator's, and worth one more try.
  const decidedBy = error.message === "no language is set" ? "host" : "output";
  return {
    fingerprint: `demo:${digestInput(error.message)}`,
    failure: {
      class: decidedBy === "host" ? "environment" : "quality",
      kind: "translation-failed",
      message: error.message,
    },
    decidedBy,
    scope: { kind: "phase", name: "translate" },
  };
}

let attempt = 0;
async function run(inputs) {
  // A new memory for each call, as a new process would have it: what is known is in the folder.
  const memory = createMemory(createFolderStore(folder));
  const ended = await guard(
    memory,
    { runId: "demo", phaseId: "translate", attempt: ++attempt },
    {
      scopes: [{ kind: "phase", name: "translate" }],
      inputs: { language: digestInput(inputs.language), text: digestInput(inputs.text) },
    },
    { now, probeAfter: 3, firstMs: 1000, maxMs: 60_000, limitMs: 5000 },
    () => translate(inputs),
    describe,
  );
  const before = `${JSON.stringify(inputs)}:`.padEnd(52);
  if (ended.did === "succeed") console.log(before, "done:", ended.value);
  else if (ended.did === "fail") console.log(before, "failed:", ended.error.message);
  else console.log(before, "refused:", ended.refusal.breaker.failure.message);
}

try {
  await run({ language: "", text: "hello" });
  await run({ language: "", text: "hello" }); // refused: nothing changed
  await run({ language: "fr", text: "hello" }); // the input changed
  await run({ language: "fr", text: "hello {name}" });
  await run({ language: "fr", text: "hello {name}" }); // its second and last try
  await run({ language: "fr", text: "hello {name}" }); // refused
  console.log(`${attempt} wanted, ${calls} called`);
} finally {
  await rm(folder, { recursive: true });
}
