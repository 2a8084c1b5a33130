/**
 * The simulated builder: plays one entry of a phase's script, as README.md describes it.
 * node play.ts PLACE PHASE, where PLACE is the harness's own folder of the scenario.
 */
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import type { Act, Entry } from "./scenario.ts";

const [, , place = "", phase = ""] = process.argv;
const script = JSON.parse(readFileSync(join(place, "scripts", `${phase}.json`), "utf8")) as Entry[];
const server = readFileSync(join(place, "server"), "utf8");
const endedFile = join(place, "ended", phase);
const calls = existsSync(endedFile) ? readFileSync(endedFile, "utf8").length : 0;
const entry = script[Math.min(calls, script.length - 1)] ?? { acts: [] };
const resultFile = process.env["BUILD_RESULT"];

let told = 0;
let toTell = 0;
let failure: unknown;

/** The harness's count of what was used; the builder's own word about it is another matter. */
const meter = (tokens: number) => appendFileSync(join(place, "spent"), `${phase} ${tokens}\n`);

function tell(claim?: string): void {
  if (!resultFile) return;
  const tokens = told > 0 ? { tokens: told } : {};
  writeFileSync(
    resultFile,
    JSON.stringify({ ...tokens, ...(claim ? { claim } : {}), ...(failure ? { failure } : {}) }),
  );
}

async function end(code: number, claim?: string): Promise<never> {
  told += toTell;
  tell(claim);
  if (claim) console.log(claim);
  appendFileSync(endedFile, ".");
  process.exit(code);
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

async function call(name: string, tells: "result" | "text"): Promise<void> {
  let said: string;
  let kind = "provider-unavailable";
  let seconds: number | undefined;
  try {
    const response = await fetch(`${server}/v1/messages`, {
      method: "POST",
      headers: { "x-call": name },
      signal: AbortSignal.timeout(1000),
    });
    const body = await response.text();
    if (response.ok && body.includes("message_stop")) {
      told += Number(/"tokens":(\d+)/.exec(body)?.[1] ?? 0);
      return tell();
    }
    const wait = response.headers.get("retry-after");
    if (response.status === 429) kind = "rate-limited";
    if (wait !== null && /^\d+$/.test(wait)) seconds = Number(wait);
    said = response.ok
      ? "API Error: the stream ended before the message was complete"
      : `API Error: ${response.status} ${body}${wait === null ? "" : ` (retry-after: ${wait})`}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const { code, name: sort } = cause as { code?: unknown; name: string };
    // A number is the code that a DOMException has had since long before there was fetch.
    const name = typeof code === "string" ? code : sort;
    said =
      name === "TimeoutError"
        ? "API Error: Request timed out."
        : name === "UND_ERR_SOCKET" || name === "ECONNRESET"
          ? "API Error: read ECONNRESET"
          : `API Error: ${name}`;
  }
  console.error(said);
  if (tells === "result")
    failure = { kind, message: said, ...(seconds === undefined ? {} : { retry_after_seconds: seconds }) };
  await end(1);
}

async function play(act: Act): Promise<void> {
  if ("write" in act) write(act.write.path, act.write.content);
  else if ("append" in act) appendFileSync(act.append.path, act.append.content);
  else if ("replace" in act) {
    const text = readFileSync(act.replace.path, "utf8");
    if (!text.includes(act.replace.from))
      throw new Error(`${act.replace.path} does not hold ${act.replace.from}`);
    writeFileSync(
      act.replace.path,
      text.replace(act.replace.from, () => act.replace.to),
    );
  } else if ("delete" in act) rmSync(act.delete, { recursive: true });
  else if ("run" in act) {
    const { status } = spawnSync("sh", ["-c", act.run], { stdio: "inherit" });
    if (status !== 0) await end(status ?? 1);
  } else if ("say" in act) console.log(act.say);
  else if ("spend" in act) {
    meter(act.spend);
    if (act.told === "at-end") toTell += act.spend;
    else if (act.told !== "never") {
      told += act.spend;
      tell();
    }
  } else if ("drip" in act) {
    for (let i = 0; i < (act.times ?? Number.POSITIVE_INFINITY); i++) {
      await after(100);
      meter(act.drip);
      told += act.drip;
      tell();
    }
  } else if ("call" in act) await call(act.call, act.tells ?? "text");
  else if ("sleep" in act) await after(act.sleep);
  else if ("meet" in act) {
    writeFileSync(join(place, "met", phase), "");
    for (let i = 0; i < 15 && readdirSync(join(place, "met")).length < act.meet; i++) await after(100);
  } else if ("hang" in act) await after(2 ** 30);
  else if ("die" in act) {
    appendFileSync(endedFile, ".");
    process.kill(process.pid, act.die);
    await after(5000);
  } else {
    const path = `${act.harness}/${act.named ?? "once"}`;
    const answer = await (await fetch(`${server}/trouble/${path}`, { method: "POST" })).text();
    // A builder that outlives its orchestrator is in the midst of its work.
    if (answer === "killed") await after(2 ** 30);
  }
}

for (const act of entry.acts) await play(act);
await end(entry.exit ?? 0, entry.claim);
