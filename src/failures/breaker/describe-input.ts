import { type InputName, inputNames } from "./kinds.ts";

const descriptions: Readonly<Record<InputName, string>> = {
  model: "the model that the builder's variables name",
  builder: "the builder's command, script, files or variables",
  plan: "the phase's text, or the goal",
  files: "the files that the phase may write or reads",
  tree: "any other file but prose",
  configuration: "setup, checks, policy, protected paths or limits",
  locks: "manifests and lock files",
  tools: "the version of autopack, node or git",
  carry: "the carried files",
  host: "the machine: its programs, its kernel, a restart",
  space: "the room on the disk",
  budget: "the budget of the phase or run",
};

/** What an input is, in a few words; its name where it is none of an attempt's. */
export const describeInput = (name: string): string =>
  inputNames.find((known) => known === name) ? descriptions[name as InputName] : name;
