import type { Group } from "../scenario.ts";
import { claims, surroundings } from "./claims.ts";
import { reports } from "./reports.ts";
import { tampering } from "./tampering.ts";

export const groups: readonly Group[] = [claims, surroundings, reports, tampering];
