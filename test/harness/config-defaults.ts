import { pinLimits, resolveConfig } from "../../src/config.ts";

/** When a builder counts as stuck, where the configuration says nothing. */
export const configDefaults = () => pinLimits(resolveConfig({}).limits, undefined).stuck;
