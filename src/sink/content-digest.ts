import { isObject } from '../core/is-object.ts';
import { digestOf } from './prepare.ts';

/**
 * The digest of what a document holds besides `ingest`, whatever digest it carries: of the body as JSON.parse reads it, so
 * that it is the same before and after OpenSearch. Undefined for what is no object.
 */
export const contentDigest = (document: unknown): string | undefined => {
  if (!isObject(document)) return undefined;
  const { ingest: _, ...body } = document;
  return digestOf(JSON.stringify(body));
};
