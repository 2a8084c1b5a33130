import { type DetectedToolchain, detectToolchain } from "../../src/plan/detect.ts";
import { createFiles } from "../../src/platform/files.ts";
import { temporaryFolder, writeTree } from "./temp.ts";

/** What is proposed for a folder that holds these files. */
export function detect(files: Readonly<Record<string, string>>): Promise<DetectedToolchain> {
  const root = temporaryFolder();
  writeTree(root, files);
  return detectToolchain(createFiles(), root);
}

/** A package.json with these scripts, and what else is given. */
export const scripts = (all: Readonly<Record<string, string>>, more: object = {}): string =>
  JSON.stringify({ scripts: all, ...more });

/** The same files in a folder. */
export const inFolder = (
  folder: string,
  files: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
