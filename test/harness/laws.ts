import fc from "fast-check";

/**
 * Laws are tried on the same cases in every run, so that one that holds today does not fail somebody else tomorrow.
 * `LAWS_SEED=N` tries others.
 */
fc.configureGlobal({ seed: Number(process.env["LAWS_SEED"] ?? 1) });
