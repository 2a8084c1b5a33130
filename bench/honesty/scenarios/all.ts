import type { Group } from "../scenario.ts";
import { budgets } from "./budgets.ts";
import { claims, surroundings } from "./claims.ts";
import { kills, machine } from "./machine.ts";
import { merges } from "./merges.ts";
import { provider, repeated } from "./provider.ts";
import { reports } from "./reports.ts";
import { tampering } from "./tampering.ts";

export const groups: readonly Group[] = [
  claims,
  surroundings,
  reports,
  tampering,
  provider,
  repeated,
  budgets,
  merges,
  kills,
  machine,
];
