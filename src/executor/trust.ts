import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ConfigFile } from "../config.ts";
import type { Files } from "../platform/ports.ts";

/** Which configuration files may have their commands run, by path and SHA-256 of the text that was shown. */
type Trusted = Readonly<Record<string, string>>;

const trustFile = (stateDir: string): string => join(stateDir, "trusted.json");
const digest = (file: ConfigFile): string => createHash("sha256").update(file.text).digest("hex");

async function readTrusted(files: Files, stateDir: string): Promise<Trusted> {
  const data = await files.read(trustFile(stateDir));
  return data ? (JSON.parse(data.toString("utf8")) as Trusted) : {};
}

/** Whether exactly this text was allowed before; any edit asks again. */
export async function isTrusted(files: Files, stateDir: string, file: ConfigFile): Promise<boolean> {
  return (await readTrusted(files, stateDir))[file.path] === digest(file);
}

export async function rememberTrust(files: Files, stateDir: string, file: ConfigFile): Promise<void> {
  const trusted = { ...(await readTrusted(files, stateDir)), [file.path]: digest(file) };
  await files.write(trustFile(stateDir), `${JSON.stringify(trusted, null, 2)}\n`);
}
