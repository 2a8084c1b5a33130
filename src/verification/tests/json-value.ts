/** Parts of a JSON document of which nothing is known. */

import { isObject, type JsonObject } from "../../domain/json.ts";

export const textOf = (value: JsonObject, name: string): string => {
  const field = value[name];
  return typeof field === "string" ? field : "";
};

export const numberOf = (value: JsonObject, name: string): number => {
  const field = value[name];
  return typeof field === "number" && Number.isFinite(field) ? field : 0;
};

export const objectsOf = (value: JsonObject, name: string): readonly JsonObject[] => {
  const field = value[name];
  return Array.isArray(field) ? field.filter(isObject) : [];
};

export const textsOf = (value: JsonObject, name: string): readonly string[] => {
  const field = value[name];
  return Array.isArray(field) ? field.filter((each) => typeof each === "string") : [];
};
