import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ConfigFile } from "../config.ts";
import { AppError, exitCodes } from "../domain/app-error.ts";
import type { Files } from "../platform/ports.ts";

/** Which configuration files may have their commands run, by path and SHA-256 of the text that was shown. */
type Trusted = Readonly<Record<string, string>>;

/** A hundred thousand repositories fit. */
const mostTrustBytes = 20_000_000;

const trustFile = (stateDir: string): string => join(stateDir, "trusted.json");
const digest = (file: ConfigFile): string => createHash("sha256").update(file.text).digest("hex");

async function readTrusted(files: Files, stateDir: string): Promise<Trusted> {
  const path = trustFile(stateDir);
  const data = await files.read(path, mostTrustBytes);
  if (!data) return {};
  const trusted = parseTrusted(data.toString("utf8"));
  if (trusted) return trusted;
  throw new AppError({
    code: "trust-unreadable",
    message: `${path} is damaged: it is not the object of paths and hashes that autopack writes`,
    action: "Remove the file, then allow your configurations again with `autopack trust`.",
    exitCode: exitCodes.environment,
  });
}

function parseTrusted(text: string): Trusted | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const whole = typeof value === "object" && value !== null && !Array.isArray(value);
    return whole && Object.values(value).every((hash) => typeof hash === "string")
      ? (value as Trusted)
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether exactly this text was allowed before; any edit asks again. */
export async function isTrusted(files: Files, stateDir: string, file: ConfigFile): Promise<boolean> {
  return (await readTrusted(files, stateDir))[file.path] === digest(file);
}

export async function rememberTrust(files: Files, stateDir: string, file: ConfigFile): Promise<void> {
  const trusted = { ...(await readTrusted(files, stateDir)), [file.path]: digest(file) };
  await files.write(trustFile(stateDir), `${JSON.stringify(trusted, null, 2)}\n`);
}
