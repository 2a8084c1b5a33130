import { resolveConfig } from "../../src/config.ts";
import { pinLimits } from "../../src/executor/pin-limits.ts";

/** When a builder counts as stuck, where the configuration says nothing. */
export const configDefaults = () => pinLimits(resolveConfig({}).limits, undefined).stuck;
